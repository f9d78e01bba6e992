package main

import (
	"encoding/hex"
	"fmt"
	"math/rand"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/tmhash"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
)

const cometChain = "openledger-vectors-1"

func init() {
	commands["comet"] = command{"chain/block/vectors/comet.json", cometVectors}
	commands["rotation"] = command{"chain/block/vectors/rotation.json", rotationVectors}
}

type cometFile struct {
	Made            string                `json:"made"`
	ValidatorSets   []cometSet            `json:"validatorSets"`
	Headers         []cometHashed         `json:"headers"`
	Votes           []cometVote           `json:"votes"`
	Proposals       []cometSigned         `json:"proposals"`
	Commits         []cometCommit         `json:"commits"`
	ExtendedCommits []cometExtendedCommit `json:"extendedCommits"`
	PartSets        []cometPartSet        `json:"partSets"`
	Evidence        []cometEvidence       `json:"evidence"`
	EvidenceHash    string                `json:"evidenceHash"`
	Blocks          []cometBlock          `json:"blocks"`
	Params          []cometParams         `json:"params"`
	ParamsUpdates   []cometParamsUpdate   `json:"paramsUpdates"`
	Results         []cometResults        `json:"results"`
	Light           cometLight            `json:"light"`
}

// A value with its encoding and its hash, both hex.
type cometHashed struct {
	Bytes string `json:"bytes"`
	Hash  string `json:"hash"`
}

// A signed message of cometChain; the signature is inside the bytes.
type cometSigned struct {
	Bytes     string `json:"bytes"`
	SignBytes string `json:"signBytes"`
	Key       string `json:"key"`
}

func cometVectors() (any, error) {
	r := rand.New(rand.NewSource(38))
	file := cometFile{Made: "github.com/cometbft/cometbft " + version.TMCoreSemVer + ", chain " + cometChain}
	steps := []func(*rand.Rand, *cometFile) error{
		addSets, addHeaders, addVotes, addProposals, addCommits, addExtendedCommits,
		addPartSets, addEvidence, addBlocks, addParams, addResults, addLight,
	}
	for _, step := range steps {
		if err := step(r, &file); err != nil {
			return nil, err
		}
	}
	return file, nil
}

func hexOf(bytes []byte) string { return hex.EncodeToString(bytes) }

type marshaler interface{ Marshal() ([]byte, error) }

// Encodes a message that cannot fail to encode.
func marshal(message marshaler) []byte {
	bytes, err := message.Marshal()
	if err != nil {
		panic(err)
	}
	return bytes
}

func cometKey(i int) ed25519.PrivKey {
	return ed25519.GenPrivKeyFromSecret([]byte(fmt.Sprintf("openledger vector key %d", i)))
}

func someBytes(r *rand.Rand, n int) []byte {
	out := make([]byte, n)
	r.Read(out)
	return out
}

func someHash(r *rand.Rand) []byte { return tmhash.Sum(someBytes(r, 8)) }

func someTime(r *rand.Rand) time.Time {
	return time.Unix(1_700_000_000+r.Int63n(100_000_000), r.Int63n(1_000_000_000)).UTC()
}

func someBlockID(r *rand.Rand) types.BlockID {
	return types.BlockID{
		Hash:          someHash(r),
		PartSetHeader: types.PartSetHeader{Total: uint32(1 + r.Intn(1600)), Hash: someHash(r)},
	}
}

// A set of n validators with the private keys in set order.
func someSet(r *rand.Rand, n int) (*types.ValidatorSet, []crypto.PrivKey) {
	byAddress := map[string]crypto.PrivKey{}
	validators := make([]*types.Validator, n)
	for i, k := range r.Perm(64)[:n] {
		key := cometKey(k)
		validators[i] = types.NewValidator(key.PubKey(), 1+r.Int63n(100))
		byAddress[string(key.PubKey().Address())] = key
	}
	set := types.NewValidatorSet(validators)
	keys := make([]crypto.PrivKey, n)
	for i, v := range set.Validators {
		keys[i] = byAddress[string(v.Address)]
	}
	return set, keys
}

func setBytes(set *types.ValidatorSet) string {
	message, err := set.ToProto()
	if err != nil {
		panic(err)
	}
	return hexOf(marshal(message))
}

func sign(key crypto.PrivKey, bytes []byte) []byte {
	signature, err := key.Sign(bytes)
	if err != nil {
		panic(err)
	}
	return signature
}

// Signs the vote, and its extension when it is a precommit for a block and extended is true.
func signVote(key crypto.PrivKey, vote *types.Vote, extended bool) {
	message := vote.ToProto()
	vote.Signature = sign(key, types.VoteSignBytes(cometChain, message))
	if extended && vote.Type == cmtproto.PrecommitType && !vote.BlockID.IsZero() {
		vote.ExtensionSignature = sign(key, types.VoteExtensionSignBytes(cometChain, message))
	}
}
