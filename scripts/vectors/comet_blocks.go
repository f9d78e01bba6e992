package main

import (
	"math/rand"
	"strconv"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/tmhash"
	"github.com/cometbft/cometbft/evidence"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
)

// The data of a part set is byte i = 31 i + 17 (i >> 8) + 13 (i >> 16) + seed, modulo 256.
type cometPartSet struct {
	Seed  int         `json:"seed"`
	Size  int         `json:"size"`
	Total uint32      `json:"total"`
	Hash  string      `json:"hash"`
	Parts []cometPart `json:"parts"`
}

type cometPart struct {
	LeafHash string   `json:"leafHash"`
	Aunts    []string `json:"aunts"`
	// SHA-256 of the encoded part.
	Digest string `json:"digest"`
}

type cometEvidence struct {
	Name     string `json:"name"`
	Bytes    string `json:"bytes"`
	Hash     string `json:"hash"`
	Set      string `json:"set"`
	Verified bool   `json:"verified"`
}

type cometBlock struct {
	Bytes        string `json:"bytes"`
	Hash         string `json:"hash"`
	DataHash     string `json:"dataHash"`
	CommitHash   string `json:"commitHash"`
	EvidenceHash string `json:"evidenceHash"`
	BlockID      string `json:"blockId"`
}

type cometParams struct {
	Bytes string `json:"bytes"`
	Hash  string `json:"hash"`
	Valid bool   `json:"valid"`
}

type cometParamsUpdate struct {
	Before string `json:"before"`
	After  string `json:"after"`
	Height string `json:"height"`
	Valid  bool   `json:"valid"`
}

type cometResults struct {
	// Encoded ExecTxResults with log, events and codespace, which are not hashed.
	Results []string `json:"results"`
	Hash    string   `json:"hash"`
}

func someHeader(r *rand.Rand) types.Header {
	return types.Header{
		Version: cmtversion.Consensus{Block: version.BlockProtocol, App: uint64(r.Intn(3))},
		ChainID: cometChain, Height: 1 + r.Int63n(1<<40), Time: someTime(r), LastBlockID: someBlockID(r),
		LastCommitHash: someHash(r), DataHash: someHash(r), ValidatorsHash: someHash(r), NextValidatorsHash: someHash(r),
		ConsensusHash: someHash(r), AppHash: someHash(r), LastResultsHash: someHash(r), EvidenceHash: someHash(r),
		ProposerAddress: someBytes(r, 20),
	}
}

func addHeaders(r *rand.Rand, file *cometFile) error {
	variants := []func(h *types.Header){
		func(*types.Header) {},
		func(h *types.Header) { h.Height, h.LastBlockID = 1, types.BlockID{} },
		func(h *types.Header) { h.AppHash = nil },
		func(h *types.Header) { h.AppHash = []byte{1, 2, 3} },
		func(h *types.Header) { h.LastCommitHash, h.DataHash, h.EvidenceHash = nil, nil, nil },
		func(h *types.Header) { h.ChainID = strings.Repeat("c", 50) },
		func(h *types.Header) { h.ChainID = "" },
		func(h *types.Header) { h.Time = time.Unix(1_700_000_000, 0).UTC() },
		func(h *types.Header) { h.Time = time.Unix(-5, 7).UTC() },
		func(h *types.Header) { h.Time = time.Time{} },
		func(h *types.Header) { h.Height = 1<<63 - 1 },
		func(h *types.Header) { h.Version.App = 1<<64 - 1 },
	}
	for _, vary := range variants {
		header := someHeader(r)
		vary(&header)
		if err := header.ValidateBasic(); err != nil {
			return err
		}
		file.Headers = append(file.Headers, cometHashed{hexOf(marshal(header.ToProto())), hexOf(header.Hash())})
	}
	return nil
}

func addPartSets(_ *rand.Rand, file *cometFile) error {
	const part = 65536
	for seed, size := range []int{1, 1000, part - 1, part, part + 1, 3 * part, 5*part + 77, 11*part + 1} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(31*i + 17*(i>>8) + 13*(i>>16) + seed)
		}
		set := types.NewPartSetFromData(data, part)
		entry := cometPartSet{Seed: seed, Size: size, Total: set.Total(), Hash: hexOf(set.Hash())}
		for i := 0; i < int(set.Total()); i++ {
			p := set.GetPart(i)
			message, err := p.ToProto()
			if err != nil {
				return err
			}
			flat := cometPart{LeafHash: hexOf(p.Proof.LeafHash), Aunts: []string{}, Digest: hexOf(tmhash.Sum(marshal(message)))}
			for _, aunt := range p.Proof.Aunts {
				flat.Aunts = append(flat.Aunts, hexOf(aunt))
			}
			entry.Parts = append(entry.Parts, flat)
		}
		file.PartSets = append(file.PartSets, entry)
	}
	return nil
}

// Two signed votes of the first validator for different values, as evidence against it.
func someEvidence(r *rand.Rand, first, second types.BlockID, kind cmtproto.SignedMsgType) (*types.DuplicateVoteEvidence, *types.ValidatorSet) {
	set, keys := someSet(r, 4)
	votes := []*types.Vote{}
	height, at := 1+r.Int63n(1000), someTime(r)
	for _, id := range []types.BlockID{first, second} {
		vote := &types.Vote{
			Type: kind, Height: height, Round: 1, BlockID: id, Timestamp: someTime(r),
			ValidatorAddress: set.Validators[0].Address, ValidatorIndex: 0,
		}
		signVote(keys[0], vote, true)
		votes = append(votes, vote)
	}
	ev, err := types.NewDuplicateVoteEvidence(votes[0], votes[1], at, set)
	if err != nil {
		panic(err)
	}
	return ev, set
}

func addEvidence(r *rand.Rand, file *cometFile) error {
	keep := func(*types.DuplicateVoteEvidence) {}
	id := someBlockID(r)
	otherParts := id
	otherParts.PartSetHeader.Total++
	cases := []struct {
		name          string
		first, second types.BlockID
		kind          cmtproto.SignedMsgType
		spoil         func(*types.DuplicateVoteEvidence)
	}{
		{"two prevotes for blocks", someBlockID(r), someBlockID(r), cmtproto.PrevoteType, keep},
		{"two precommits for blocks", someBlockID(r), someBlockID(r), cmtproto.PrecommitType, keep},
		{"a precommit for nil and one for a block", types.BlockID{}, someBlockID(r), cmtproto.PrecommitType, keep},
		{"the same header in other parts", id, otherParts, cmtproto.PrevoteType, keep},
		{"a wrong signature", someBlockID(r), someBlockID(r), cmtproto.PrevoteType,
			func(e *types.DuplicateVoteEvidence) { e.VoteB.Signature[3] ^= 1 }},
		{"the wrong power", someBlockID(r), someBlockID(r), cmtproto.PrevoteType,
			func(e *types.DuplicateVoteEvidence) { e.TotalVotingPower++ }},
		{"a changed round", someBlockID(r), someBlockID(r), cmtproto.PrevoteType,
			func(e *types.DuplicateVoteEvidence) { e.VoteA.Round++; e.VoteB.Round++ }},
	}
	list := types.EvidenceList{}
	for _, c := range cases {
		ev, set := someEvidence(r, c.first, c.second, c.kind)
		c.spoil(ev)
		list = append(list, ev)
		message, err := types.EvidenceToProto(ev)
		if err != nil {
			return err
		}
		file.Evidence = append(file.Evidence, cometEvidence{
			Name: c.name, Bytes: hexOf(marshal(message)), Hash: hexOf(types.EvidenceList{ev}.Hash()), Set: setBytes(set),
			Verified: evidence.VerifyDuplicateVote(ev, cometChain, set) == nil,
		})
	}
	file.EvidenceHash = hexOf(list.Hash())
	return nil
}

func addBlocks(r *rand.Rand, file *cometFile) error {
	for i := 0; i < 6; i++ {
		txs := []types.Tx{}
		for j := 0; j < i*i; j++ {
			txs = append(txs, someBytes(r, r.Intn(400)))
		}
		set, keys := someSet(r, 1+i)
		commit := someCommit(r, set, keys, 0.1, 0.1).ToCommit()
		found := []types.Evidence{}
		if i >= 4 {
			ev, _ := someEvidence(r, someBlockID(r), someBlockID(r), cmtproto.PrecommitType)
			found = append(found, ev)
		}
		height := commit.Height + 1
		if i == 0 {
			height, commit = 1, &types.Commit{}
		}
		block := types.MakeBlock(height, txs, commit, found)
		full := someHeader(r)
		block.Header.Populate(
			full.Version, cometChain, full.Time, commit.BlockID, set.Hash(), full.NextValidatorsHash, full.ConsensusHash,
			full.AppHash, full.LastResultsHash, set.GetProposer().Address,
		)
		if err := block.ValidateBasic(); err != nil {
			return err
		}
		message, err := block.ToProto()
		if err != nil {
			return err
		}
		parts, err := block.MakePartSet(types.BlockPartSizeBytes)
		if err != nil {
			return err
		}
		id := (&types.BlockID{Hash: block.Hash(), PartSetHeader: parts.Header()}).ToProto()
		file.Blocks = append(file.Blocks, cometBlock{
			hexOf(marshal(message)), hexOf(block.Hash()), hexOf(block.DataHash), hexOf(block.LastCommitHash),
			hexOf(block.EvidenceHash), hexOf(marshal(&id)),
		})
	}
	return nil
}

func addParams(_ *rand.Rand, file *cometFile) error {
	variants := []func(p *types.ConsensusParams){
		func(*types.ConsensusParams) {},
		func(p *types.ConsensusParams) { p.Block.MaxBytes, p.Block.MaxGas = -1, 1_000_000 },
		func(p *types.ConsensusParams) { p.Block.MaxBytes = 0 },
		func(p *types.ConsensusParams) { p.Block.MaxBytes = 100*1024*1024 + 1 },
		func(p *types.ConsensusParams) { p.Block.MaxGas = -2 },
		func(p *types.ConsensusParams) { p.Evidence.MaxBytes = p.Block.MaxBytes + 1 },
		func(p *types.ConsensusParams) { p.Evidence.MaxBytes = 0 },
		func(p *types.ConsensusParams) { p.Evidence.MaxAgeNumBlocks = 0 },
		func(p *types.ConsensusParams) { p.Evidence.MaxAgeDuration = 0 },
		func(p *types.ConsensusParams) { p.Evidence.MaxAgeDuration = 1_500_000_001 },
		func(p *types.ConsensusParams) { p.Version.App = 7 },
		func(p *types.ConsensusParams) { p.ABCI.VoteExtensionsEnableHeight = 2 },
		func(p *types.ConsensusParams) { p.ABCI.VoteExtensionsEnableHeight = -1 },
		func(p *types.ConsensusParams) { p.Validator.PubKeyTypes = nil },
	}
	for _, vary := range variants {
		params := types.DefaultConsensusParams()
		vary(params)
		message := params.ToProto()
		file.Params = append(file.Params, cometParams{
			hexOf(marshal(&message)), hexOf(params.Hash()), params.ValidateBasic() == nil,
		})
	}
	for _, before := range []int64{0, 1, 5, 10} {
		for _, after := range []int64{0, 1, 5, 10, 12} {
			for _, height := range []int64{1, 5, 7} {
				params, next := types.DefaultConsensusParams(), types.DefaultConsensusParams()
				params.ABCI.VoteExtensionsEnableHeight, next.ABCI.VoteExtensionsEnableHeight = before, after
				message := next.ToProto()
				file.ParamsUpdates = append(file.ParamsUpdates, cometParamsUpdate{
					strconv.FormatInt(before, 10), strconv.FormatInt(after, 10), strconv.FormatInt(height, 10),
					params.ValidateUpdate(&message, height) == nil,
				})
			}
		}
	}
	return nil
}

func addResults(r *rand.Rand, file *cometFile) error {
	for n := 0; n < 6; n++ {
		results, entry := []*abci.ExecTxResult{}, cometResults{Results: []string{}}
		for i := 0; i < n; i++ {
			result := &abci.ExecTxResult{
				Code: uint32(r.Intn(3)) * 21, Data: someBytes(r, r.Intn(3)*5), GasWanted: r.Int63n(1 << 50), GasUsed: r.Int63n(1 << 20),
				Log: "not hashed", Info: "nor this", Codespace: "sdk",
				Events: []abci.Event{{Type: "e", Attributes: []abci.EventAttribute{{Key: "k", Value: "v", Index: true}}}},
			}
			results = append(results, result)
			entry.Results = append(entry.Results, hexOf(marshal(result)))
		}
		entry.Hash = hexOf(types.NewResults(results).Hash())
		file.Results = append(file.Results, entry)
	}
	return nil
}
