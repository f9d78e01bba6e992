package main

import (
	"math/rand"
	"strconv"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/light"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

const (
	lightPeriod = 3 * time.Hour
	lightDrift  = 10 * time.Second
)

// A header with its commit and the sets of its height and the next.
type cometLightBlock struct {
	Header string `json:"header"`
	Commit string `json:"commit"`
	Set    string `json:"set"`
	Next   string `json:"next"`
}

// Whether the original accepts block `to` on trust in block `from` at time `now` (nanoseconds).
type cometLightStep struct {
	From     int    `json:"from"`
	To       int    `json:"to"`
	Now      string `json:"now"`
	Verified bool   `json:"verified"`
}

type cometLight struct {
	PeriodNs string            `json:"periodNs"`
	DriftNs  string            `json:"driftNs"`
	Blocks   []cometLightBlock `json:"blocks"`
	Steps    []cometLightStep  `json:"steps"`
}

type lightHeight struct {
	signed *types.SignedHeader
	set    *types.ValidatorSet
	next   *types.ValidatorSet
}

// The set of four validators out of a window that moves by one key every two heights.
func lightSet(height int) (*types.ValidatorSet, map[string]crypto.PrivKey) {
	keys := map[string]crypto.PrivKey{}
	validators := []*types.Validator{}
	for i := height / 2; i < height/2+4; i++ {
		key := cometKey(i)
		keys[string(key.PubKey().Address())] = key
		validators = append(validators, types.NewValidator(key.PubKey(), 10))
	}
	return types.NewValidatorSet(validators), keys
}

func lightChain(r *rand.Rand, heights int) []lightHeight {
	start := time.Unix(1_750_000_000, 0).UTC()
	last := types.BlockID{}
	chain := []lightHeight{}
	for h := 1; h <= heights; h++ {
		set, keys := lightSet(h)
		next, _ := lightSet(h + 1)
		header := someHeader(r)
		header.Height, header.LastBlockID, header.Time = int64(h), last, start.Add(time.Duration(h)*time.Minute)
		header.ValidatorsHash, header.NextValidatorsHash = set.Hash(), next.Hash()
		header.ProposerAddress = set.GetProposer().Address
		last = types.BlockID{Hash: header.Hash(), PartSetHeader: types.PartSetHeader{Total: 1, Hash: someHash(r)}}
		commit := &types.Commit{Height: int64(h), BlockID: last}
		for i, v := range set.Validators {
			vote := &types.Vote{
				Type: cmtproto.PrecommitType, Height: int64(h), BlockID: last, Timestamp: header.Time.Add(time.Second),
				ValidatorAddress: v.Address, ValidatorIndex: int32(i),
			}
			signVote(keys[string(v.Address)], vote, false)
			commit.Signatures = append(commit.Signatures, vote.CommitSig())
		}
		chain = append(chain, lightHeight{&types.SignedHeader{Header: &header, Commit: commit}, set, next})
	}
	return chain
}

func addLight(r *rand.Rand, file *cometFile) error {
	chain := lightChain(r, 10)
	file.Light.PeriodNs = strconv.FormatInt(int64(lightPeriod), 10)
	file.Light.DriftNs = strconv.FormatInt(int64(lightDrift), 10)
	for _, h := range chain {
		file.Light.Blocks = append(file.Light.Blocks, cometLightBlock{
			hexOf(marshal(h.signed.Header.ToProto())), hexOf(marshal(h.signed.Commit.ToProto())), setBytes(h.set), setBytes(h.next),
		})
	}
	for from, trusted := range chain {
		for to, untrusted := range chain {
			for _, after := range []time.Duration{-time.Minute, time.Minute, 2 * time.Hour, 4 * time.Hour} {
				now := untrusted.signed.Time.Add(after)
				err := light.Verify(
					trusted.signed, trusted.next, untrusted.signed, untrusted.set, lightPeriod, now, lightDrift, light.DefaultTrustLevel,
				)
				file.Light.Steps = append(file.Light.Steps, cometLightStep{from, to, strconv.FormatInt(now.UnixNano(), 10), err == nil})
			}
		}
	}
	return nil
}
