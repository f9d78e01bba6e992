package main

import (
	"math/rand"
	"strconv"

	"github.com/cometbft/cometbft/crypto"
	cmtmath "github.com/cometbft/cometbft/libs/math"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/types"
)

type cometSet struct {
	Bytes    string      `json:"bytes"`
	Hash     string      `json:"hash"`
	Changes  [][2]string `json:"changes"` // [public key, power], unordered
	Proposer string      `json:"proposer"`
}

type cometVote struct {
	cometSigned
	ExtensionSignBytes string `json:"extensionSignBytes"`
	Extended           bool   `json:"extended"`
}

// A commit and what the original says of it under this set.
type cometCommit struct {
	Name      string `json:"name"`
	Bytes     string `json:"bytes"`
	Hash      string `json:"hash"`
	Set       string `json:"set"`
	Height    string `json:"height"`
	BlockID   string `json:"blockId"`
	Time      string `json:"time"` // median in nanoseconds; empty where the original fails
	Verified  bool   `json:"verified"`
	Light     bool   `json:"light"`
	Trusting  bool   `json:"trusting"` // more than a third of the set
	SignBytes string `json:"signBytes"`
}

type cometExtendedCommit struct {
	Bytes  string `json:"bytes"`
	Commit string `json:"commit"`
	Set    string `json:"set"`
}

func addSets(r *rand.Rand, file *cometFile) error {
	for _, n := range []int{1, 2, 3, 4, 7, 21, 50} {
		set, _ := someSet(r, n)
		entry := cometSet{
			Bytes: setBytes(set), Hash: hexOf(set.Hash()), Proposer: hexOf(set.GetProposer().Address), Changes: [][2]string{},
		}
		for _, i := range r.Perm(n) {
			v := set.Validators[i]
			entry.Changes = append(entry.Changes, [2]string{hexOf(v.PubKey.Bytes()), strconv.FormatInt(v.VotingPower, 10)})
		}
		file.ValidatorSets = append(file.ValidatorSets, entry)
	}
	return nil
}

func addVotes(r *rand.Rand, file *cometFile) error {
	for i := 0; i < 48; i++ {
		key := cometKey(r.Intn(64))
		vote := &types.Vote{
			Type: cmtproto.PrevoteType, Height: 1 + r.Int63n(1<<uint(4+i)), Round: int32(r.Intn(3)) * int32(r.Intn(200)),
			Timestamp: someTime(r), ValidatorAddress: key.PubKey().Address(), ValidatorIndex: int32(r.Intn(150)),
		}
		if i%4 != 0 {
			vote.BlockID = someBlockID(r)
		}
		if i%2 == 1 {
			vote.Type = cmtproto.PrecommitType
		}
		extended := i%4 == 3
		if extended && r.Intn(3) > 0 {
			vote.Extension = someBytes(r, 1+r.Intn(300))
		}
		signVote(key, vote, extended)
		if err := vote.ValidateBasic(); err != nil {
			return err
		}
		message := vote.ToProto()
		file.Votes = append(file.Votes, cometVote{
			cometSigned: cometSigned{
				hexOf(marshal(message)), hexOf(types.VoteSignBytes(cometChain, message)), hexOf(key.PubKey().Bytes()),
			},
			ExtensionSignBytes: hexOf(types.VoteExtensionSignBytes(cometChain, message)), Extended: extended,
		})
	}
	return nil
}

func addProposals(r *rand.Rand, file *cometFile) error {
	for i := 0; i < 16; i++ {
		key := cometKey(r.Intn(64))
		round := int32(i % 5)
		proposal := types.NewProposal(1+r.Int63n(1<<40), round, int32(r.Intn(int(round)+1))-1, someBlockID(r))
		proposal.Timestamp = someTime(r)
		bytes := types.ProposalSignBytes(cometChain, proposal.ToProto())
		proposal.Signature = sign(key, bytes)
		if err := proposal.ValidateBasic(); err != nil {
			return err
		}
		file.Proposals = append(file.Proposals, cometSigned{
			hexOf(marshal(proposal.ToProto())), hexOf(bytes), hexOf(key.PubKey().Bytes()),
		})
	}
	return nil
}

// A commit of the set in which each place is drawn by shares of absent, nil and block votes.
func someCommit(r *rand.Rand, set *types.ValidatorSet, keys []crypto.PrivKey, absent, nils float64) *types.ExtendedCommit {
	commit := &types.ExtendedCommit{Height: 1 + r.Int63n(1<<30), Round: int32(r.Intn(4)), BlockID: someBlockID(r)}
	for i, v := range set.Validators {
		draw := r.Float64()
		if draw < absent {
			commit.ExtendedSignatures = append(commit.ExtendedSignatures, types.NewExtendedCommitSigAbsent())
			continue
		}
		vote := &types.Vote{
			Type: cmtproto.PrecommitType, Height: commit.Height, Round: commit.Round, Timestamp: someTime(r),
			ValidatorAddress: v.Address, ValidatorIndex: int32(i),
		}
		if draw >= absent+nils {
			vote.BlockID = commit.BlockID
			vote.Extension = someBytes(r, r.Intn(60))
		}
		signVote(keys[i], vote, true)
		commit.ExtendedSignatures = append(commit.ExtendedSignatures, vote.ExtendedCommitSig())
	}
	return commit
}

type commitCase struct {
	name         string
	validators   int
	absent, nils float64
	spoil        func(commit *types.Commit)
}

func commitCases() []commitCase {
	keep := func(*types.Commit) {}
	return []commitCase{
		{"one validator", 1, 0, 0, keep},
		{"everyone signed", 4, 0, 0, keep},
		{"some absent", 10, 0.15, 0, keep},
		{"some absent and some nil", 12, 0.1, 0.1, keep},
		{"too many absent", 7, 0.6, 0, keep},
		{"too many nil", 7, 0, 0.6, keep},
		{"a wrong signature at the start", 5, 0, 0, func(c *types.Commit) { c.Signatures[0].Signature[0] ^= 1 }},
		{"a wrong signature at the end", 5, 0, 0, func(c *types.Commit) { c.Signatures[4].Signature[0] ^= 1 }},
		{"a changed time", 5, 0, 0, func(c *types.Commit) {
			c.Signatures[2].Timestamp = c.Signatures[2].Timestamp.Add(1)
		}},
		{"two places swapped", 5, 0, 0, func(c *types.Commit) {
			c.Signatures[1], c.Signatures[2] = c.Signatures[2], c.Signatures[1]
		}},
		{"two addresses swapped", 5, 0, 0, func(c *types.Commit) {
			a, b := &c.Signatures[1], &c.Signatures[2]
			a.ValidatorAddress, b.ValidatorAddress = b.ValidatorAddress, a.ValidatorAddress
		}},
		{"a stranger's address", 5, 0, 0, func(c *types.Commit) {
			c.Signatures[0].ValidatorAddress = make([]byte, 20)
		}},
		{"a signature too few", 5, 0, 0, func(c *types.Commit) { c.Signatures = c.Signatures[:4] }},
		{"a validator twice", 5, 0, 0, func(c *types.Commit) { c.Signatures[1] = c.Signatures[0] }},
		{"a nil vote called a vote for the block", 5, 0, 0, func(c *types.Commit) {
			c.Signatures[4].BlockIDFlag = types.BlockIDFlagNil
		}},
	}
}

func addCommits(r *rand.Rand, file *cometFile) error {
	for _, c := range commitCases() {
		set, keys := someSet(r, c.validators)
		commit := someCommit(r, set, keys, c.absent, c.nils).ToCommit()
		height, blockID := commit.Height, commit.BlockID
		c.spoil(commit)
		id := blockID.ToProto()
		entry := cometCommit{
			Name: c.name, Bytes: hexOf(marshal(commit.ToProto())), Hash: hexOf(commit.Hash()), Set: setBytes(set),
			Height: strconv.FormatInt(height, 10), BlockID: hexOf(marshal(&id)),
			Verified: set.VerifyCommit(cometChain, blockID, height, commit) == nil,
			Light:    set.VerifyCommitLight(cometChain, blockID, height, commit) == nil,
			Trusting: set.VerifyCommitLightTrusting(cometChain, commit, cmtmath.Fraction{Numerator: 1, Denominator: 3}) == nil,
		}
		if time, err := state.MedianTime(commit, set); err == nil {
			entry.Time = strconv.FormatInt(time.UnixNano(), 10)
		}
		if commit.Signatures[0].BlockIDFlag != types.BlockIDFlagAbsent {
			entry.SignBytes = hexOf(commit.VoteSignBytes(cometChain, 0))
		}
		file.Commits = append(file.Commits, entry)
	}
	return nil
}

func addExtendedCommits(r *rand.Rand, file *cometFile) error {
	for _, n := range []int{1, 4, 9} {
		set, keys := someSet(r, n)
		commit := someCommit(r, set, keys, 0.1, 0.1)
		for set.VerifyCommit(cometChain, commit.BlockID, commit.Height, commit.ToCommit()) != nil {
			commit = someCommit(r, set, keys, 0.1, 0.1)
		}
		if err := commit.EnsureExtensions(true); err != nil {
			return err
		}
		file.ExtendedCommits = append(file.ExtendedCommits, cometExtendedCommit{
			hexOf(marshal(commit.ToProto())), hexOf(marshal(commit.ToCommit().ToProto())), setBytes(set),
		})
	}
	return nil
}
