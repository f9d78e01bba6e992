package main

// ABCI frames as CometBFT 0.38 writes and reads them: node/abci-server/vectors/abci.json.

import (
	"bytes"
	"encoding/hex"
	"sort"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
	"github.com/cosmos/gogoproto/proto"
)

func init() {
	commands["abci"] = command{"node/abci-server/vectors/abci.json", abciFrames}
}

type abciFrame struct {
	Name string `json:"name"`
	// uvarint length and message, as on the socket.
	Frame string `json:"frame"`
}

type abciVectors struct {
	Requests  []abciFrame `json:"requests"`
	Responses []abciFrame `json:"responses"`
}

func delimitedHex(message proto.Message) string {
	var out bytes.Buffer
	if err := abci.WriteMessage(message, &out); err != nil {
		panic(err)
	}
	return hex.EncodeToString(out.Bytes())
}

func fill(length int, value byte) []byte { return bytes.Repeat([]byte{value}, length) }

var (
	abciTime = time.Unix(1_790_000_000, 123_456_789).UTC()
	abciKey  = ed25519.GenPrivKeyFromSecret([]byte("abci vectors")).PubKey()
	votes    = []abci.VoteInfo{
		{Validator: abci.Validator{Address: fill(20, 1), Power: 10}, BlockIdFlag: cmtproto.BlockIDFlagCommit},
		{Validator: abci.Validator{Address: fill(20, 2), Power: 9}, BlockIdFlag: cmtproto.BlockIDFlagAbsent},
		{Validator: abci.Validator{Address: fill(20, 3), Power: 1 << 40}, BlockIdFlag: cmtproto.BlockIDFlagNil},
	}
	misbehavior = []abci.Misbehavior{
		{Type: abci.MisbehaviorType_DUPLICATE_VOTE, Validator: abci.Validator{Address: fill(20, 1), Power: 10}, Height: 5, Time: abciTime, TotalVotingPower: 30},
		{Type: abci.MisbehaviorType_LIGHT_CLIENT_ATTACK, Validator: abci.Validator{Address: fill(20, 3)}, Height: 6, Time: time.Unix(0, 0).UTC(), TotalVotingPower: 31},
	}
	abciTxs = [][]byte{[]byte("one"), {}, fill(300, 7)}
)

func abciUpdate(power int64) abci.ValidatorUpdate {
	key, err := cryptoenc.PubKeyToProto(abciKey)
	if err != nil {
		panic(err)
	}
	return abci.ValidatorUpdate{PubKey: key, Power: power}
}

func abciRequests() map[string]*abci.Request {
	params := types.DefaultConsensusParams().ToProto()
	params.Abci.VoteExtensionsEnableHeight = 3
	extended := []abci.ExtendedVoteInfo{
		{Validator: votes[0].Validator, VoteExtension: []byte("extension"), ExtensionSignature: fill(64, 4), BlockIdFlag: cmtproto.BlockIDFlagCommit},
		{Validator: votes[1].Validator, BlockIdFlag: cmtproto.BlockIDFlagAbsent},
	}
	hash, next := fill(32, 8), fill(32, 9)
	return map[string]*abci.Request{
		"echo":            abci.ToRequestEcho("hello"),
		"flush":           abci.ToRequestFlush(),
		"info":            abci.ToRequestInfo(&abci.RequestInfo{Version: "0.38.26", BlockVersion: 11, P2PVersion: 8, AbciVersion: "2.0.0"}),
		"initChain":       abci.ToRequestInitChain(&abci.RequestInitChain{Time: abciTime, ChainId: "c-1", ConsensusParams: &params, Validators: []abci.ValidatorUpdate{abciUpdate(10)}, AppStateBytes: []byte("{}"), InitialHeight: 1}),
		"query":           abci.ToRequestQuery(&abci.RequestQuery{Path: "/a/b", Data: []byte{1, 2}, Height: 7, Prove: true}),
		"checkTx":         abci.ToRequestCheckTx(&abci.RequestCheckTx{Tx: []byte("tx")}),
		"recheckTx":       abci.ToRequestCheckTx(&abci.RequestCheckTx{Tx: []byte("tx"), Type: abci.CheckTxType_Recheck}),
		"commit":          abci.ToRequestCommit(),
		"prepareProposal": abci.ToRequestPrepareProposal(&abci.RequestPrepareProposal{MaxTxBytes: 1 << 20, Txs: abciTxs, LocalLastCommit: abci.ExtendedCommitInfo{Round: 2, Votes: extended}, Misbehavior: misbehavior, Height: 8, Time: abciTime, NextValidatorsHash: next, ProposerAddress: fill(20, 2)}),
		"processProposal": abci.ToRequestProcessProposal(&abci.RequestProcessProposal{Txs: abciTxs, ProposedLastCommit: abci.CommitInfo{Round: 1, Votes: votes}, Misbehavior: misbehavior, Hash: hash, Height: 8, Time: abciTime, NextValidatorsHash: next, ProposerAddress: fill(20, 2)}),
		"finalizeBlock":   abci.ToRequestFinalizeBlock(&abci.RequestFinalizeBlock{Txs: abciTxs, DecidedLastCommit: abci.CommitInfo{Round: 1, Votes: votes}, Misbehavior: misbehavior, Hash: hash, Height: 8, Time: abciTime, NextValidatorsHash: next, ProposerAddress: fill(20, 2)}),
		"finalizeFirst":   abci.ToRequestFinalizeBlock(&abci.RequestFinalizeBlock{Hash: hash, Height: 1, Time: abciTime, NextValidatorsHash: next, ProposerAddress: fill(20, 2)}),
	}
}

func abciResponses() map[string]*abci.Response {
	params := types.DefaultConsensusParams().ToProto()
	events := []abci.Event{{Type: "transfer", Attributes: []abci.EventAttribute{{Key: "amount", Value: "1uopen", Index: true}, {Key: "empty"}}}, {Type: "bare"}}
	ops := &cmtcrypto.ProofOps{Ops: []cmtcrypto.ProofOp{{Type: "ics23:iavl", Key: []byte("k"), Data: []byte{9}}}}
	return map[string]*abci.Response{
		"echo":                abci.ToResponseEcho("hello"),
		"flush":               abci.ToResponseFlush(),
		"info":                abci.ToResponseInfo(&abci.ResponseInfo{Data: "d", Version: "v", AppVersion: 1, LastBlockHeight: 4, LastBlockAppHash: fill(32, 5)}),
		"initChain":           abci.ToResponseInitChain(&abci.ResponseInitChain{ConsensusParams: &params, Validators: []abci.ValidatorUpdate{abciUpdate(3)}, AppHash: fill(32, 6)}),
		"query":               abci.ToResponseQuery(&abci.ResponseQuery{Code: 3, Log: "l", Info: "i", Index: 4, Key: []byte("k"), Value: []byte("v"), ProofOps: ops, Height: 9, Codespace: "sdk"}),
		"checkTx":             abci.ToResponseCheckTx(&abci.ResponseCheckTx{Code: 5, Data: []byte("d"), Log: "l", GasWanted: 100, GasUsed: 99, Events: events, Codespace: "sdk"}),
		"commit":              abci.ToResponseCommit(&abci.ResponseCommit{RetainHeight: 12}),
		"prepareProposal":     abci.ToResponsePrepareProposal(&abci.ResponsePrepareProposal{Txs: abciTxs}),
		"processProposal":     abci.ToResponseProcessProposal(&abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}),
		"extendVote":          abci.ToResponseExtendVote(&abci.ResponseExtendVote{VoteExtension: []byte("e")}),
		"verifyVoteExtension": abci.ToResponseVerifyVoteExtension(&abci.ResponseVerifyVoteExtension{Status: abci.ResponseVerifyVoteExtension_ACCEPT}),
		"finalizeBlock":       abci.ToResponseFinalizeBlock(&abci.ResponseFinalizeBlock{Events: events, TxResults: []*abci.ExecTxResult{{Code: 1, Data: []byte("d"), Log: "l", Info: "i", GasWanted: 1, GasUsed: 2, Events: events, Codespace: "x"}, {}}, ValidatorUpdates: []abci.ValidatorUpdate{abciUpdate(0)}, ConsensusParamUpdates: &params, AppHash: fill(32, 7)}),
		"applySnapshotChunk":  abci.ToResponseApplySnapshotChunk(&abci.ResponseApplySnapshotChunk{Result: abci.ResponseApplySnapshotChunk_RETRY, RefetchChunks: []uint32{1, 300}, RejectSenders: []string{"a"}}),
		"offerSnapshot":       abci.ToResponseOfferSnapshot(&abci.ResponseOfferSnapshot{Result: abci.ResponseOfferSnapshot_REJECT_FORMAT}),
	}
}

func sortedFrames[M proto.Message](messages map[string]M) []abciFrame {
	names := make([]string, 0, len(messages))
	for name := range messages {
		names = append(names, name)
	}
	sort.Strings(names)
	frames := make([]abciFrame, 0, len(names))
	for _, name := range names {
		frames = append(frames, abciFrame{Name: name, Frame: delimitedHex(messages[name])})
	}
	return frames
}

func abciFrames() (any, error) {
	return abciVectors{sortedFrames(abciRequests()), sortedFrames(abciResponses())}, nil
}
