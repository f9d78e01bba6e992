// Command slashing drives the SDK's own x/slashing and x/evidence keepers through a seeded story and prints what they did: every punishment,
// refusal and event, and the exported state. Called by hand; see ../README.md.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"time"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"
	evidence "cosmossdk.io/x/evidence"
	evidencekeeper "cosmossdk.io/x/evidence/keeper"
	evidencetypes "cosmossdk.io/x/evidence/types"
	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cosmos/cosmos-sdk/baseapp"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/slashing"
	slashingkeeper "github.com/cosmos/cosmos-sdk/x/slashing/keeper"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

const blocks = 250

var powers = []int64{100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 9, 8}

type event struct {
	Type       string      `json:"type"`
	Attributes [][2]string `json:"attributes"`
}

// step is a message, or what staking does beside it.
type step struct {
	Do      string          `json:"do"`
	Who     int             `json:"who"`
	Value   string          `json:"value,omitempty"`
	Message json.RawMessage `json:"message,omitempty"`
	Code    string          `json:"code,omitempty"`
	Text    string          `json:"text,omitempty"`
}

type caught struct {
	Kind    string `json:"kind"`
	Address string `json:"address"`
	Power   int64  `json:"power"`
	Height  int64  `json:"height"`
	Time    string `json:"time"`
}

type punished struct {
	Who      string `json:"who"`
	Height   int64  `json:"height"`
	Power    int64  `json:"power"`
	Fraction string `json:"fraction"`
}

type block struct {
	Height int64  `json:"height"`
	Time   string `json:"time"`
	// One letter for each validator: c commit, a absent, n nil, - not in the set.
	Votes    string          `json:"votes"`
	Powers   []int64         `json:"powers"`
	Caught   []caught        `json:"caught"`
	Events   []event         `json:"events"`
	Punished []punished      `json:"punished"`
	Steps    []step          `json:"steps"`
	State    string          `json:"state"`
	Full     json.RawMessage `json:"full,omitempty"`
	Evidence string          `json:"evidence"`
}

type story struct {
	Seed    int64           `json:"seed"`
	Powers  []int64         `json:"powers"`
	Genesis json.RawMessage `json:"genesis"`
	Blocks  []block         `json:"blocks"`
}

type teller struct {
	*world
	rand     *rand.Rand
	punished []punished
	// Per validator: how many of the next blocks it is away.
	away []int
}

func events(all []abci.Event) []event {
	found := []event{}
	for _, e := range all {
		attributes := [][2]string{}
		for _, a := range e.Attributes {
			attributes = append(attributes, [2]string{a.Key, a.Value})
		}
		found = append(found, event{e.Type, attributes})
	}
	return found
}

func (t *teller) isFree(i int) bool { return !t.stakes.all[i].Jailed && t.stakes.all[i].IsBonded() }

func (t *teller) free() int {
	count := 0
	for i := range t.stakes.all {
		if t.isFree(i) {
			count++
		}
	}
	return count
}

func (t *teller) votes() (string, []int64, abci.CommitInfo) {
	letters, told, info := "", []int64{}, abci.CommitInfo{}
	for i, v := range t.stakes.all {
		power := v.Tokens.QuoRaw(1_000_000).Int64()
		told = append(told, power)
		if !t.isFree(i) {
			letters += "-"
			continue
		}
		if t.away[i] > 0 {
			t.away[i]--
		} else if t.rand.Intn(25) == 0 && t.free() > 4 {
			t.away[i] = 1 + t.rand.Intn(25)
		}
		letter, flag := "c", cmtproto.BlockIDFlagCommit
		if t.away[i] > 0 || t.rand.Intn(12) == 0 {
			letter, flag = "a", cmtproto.BlockIDFlagAbsent
		} else if t.rand.Intn(20) == 0 {
			letter, flag = "n", cmtproto.BlockIDFlagNil
		}
		letters += letter
		info.Votes = append(info.Votes, abci.VoteInfo{Validator: abci.Validator{Address: consensus(i), Power: power}, BlockIdFlag: flag})
	}
	return letters, told, info
}

func (t *teller) misbehavior(height int64, now time.Time) []caught {
	found := []caught{}
	for n := t.rand.Intn(40); n > 37; n-- {
		i := t.rand.Intn(len(t.stakes.all))
		if t.isFree(i) && t.free() < 6 {
			continue
		}
		address := []byte(consensus(i))
		if t.rand.Intn(6) == 0 {
			address = stranger()
		}
		age := t.rand.Int63n(5)
		if t.rand.Intn(4) == 0 {
			age = 15 + t.rand.Int63n(10)
		}
		if age >= height {
			age = height - 1
		}
		old := time.Duration(t.rand.Int63n(400)) * time.Second
		kind := []string{"duplicate-vote", "light-client-attack"}[t.rand.Intn(2)]
		found = append(found, caught{kind, hex.EncodeToString(address), 1 + t.rand.Int63n(120), height - age, now.Add(-old).Format(time.RFC3339Nano)})
	}
	return found
}

func misbehaviors(all []caught) []abci.Misbehavior {
	told := []abci.Misbehavior{}
	for _, c := range all {
		kind := abci.MisbehaviorType_DUPLICATE_VOTE
		if c.Kind != "duplicate-vote" {
			kind = abci.MisbehaviorType_LIGHT_CLIENT_ATTACK
		}
		told = append(told, abci.Misbehavior{
			Type: kind, Validator: abci.Validator{Address: must2(hex.DecodeString(c.Address)), Power: c.Power},
			Height: c.Height, Time: must2(time.Parse(time.RFC3339Nano, c.Time)), TotalVotingPower: 600,
		})
	}
	return told
}

func (t *teller) refused(s step, err error) step {
	if err != nil {
		codespace, code, text := errorsmod.ABCIInfo(err, false)
		s.Code, s.Text = fmt.Sprintf("%s/%d", codespace, code), text
	}
	return s
}

func (t *teller) unjail() step {
	i := t.rand.Intn(len(t.stakes.all))
	msg := &slashingtypes.MsgUnjail{ValidatorAddr: operator(i).String()}
	if t.rand.Intn(12) == 0 {
		msg.ValidatorAddr = sdk.ValAddress(stranger()).String()
	}
	_, err := slashingkeeper.NewMsgServerImpl(t.slashing).Unjail(t.ctx, msg)
	return t.refused(step{Do: "unjail", Who: i, Message: must2(t.cdc.MarshalInterfaceJSON(msg))}, err)
}

func (t *teller) update() step {
	params := must2(t.slashing.GetParams(t.ctx))
	params.MinSignedPerWindow = math.LegacyNewDecWithPrec(40+t.rand.Int63n(50), 2)
	params.SlashFractionDowntime = math.LegacyNewDecWithPrec(t.rand.Int63n(300), 4)
	params.SlashFractionDoubleSign = math.LegacyNewDecWithPrec(t.rand.Int63n(30), 2)
	params.DowntimeJailDuration = time.Duration(1+t.rand.Int63n(600)) * time.Second
	authority := authtypes.NewModuleAddress("gov")
	if t.rand.Intn(3) == 0 {
		authority = stranger()
	}
	msg := &slashingtypes.MsgUpdateParams{Authority: authority.String(), Params: params}
	_, err := slashingkeeper.NewMsgServerImpl(t.slashing).UpdateParams(t.ctx, msg)
	return t.refused(step{Do: "update", Message: must2(t.cdc.MarshalInterfaceJSON(msg))}, err)
}

func (t *teller) submit(known []caught) step {
	e := &evidencetypes.Equivocation{Height: t.rand.Int63n(3), Power: t.rand.Int63n(4), Time: time.Unix(t.rand.Int63n(4), 0).UTC(), ConsensusAddress: consensus(1).String()}
	if len(known) > 0 && t.rand.Intn(2) == 0 {
		m := misbehaviors(known)[0]
		e = &evidencetypes.Equivocation{Height: m.Height, Power: m.Validator.Power, Time: m.Time, ConsensusAddress: sdk.ConsAddress(m.Validator.Address).String()}
	}
	msg := &evidencetypes.MsgSubmitEvidence{Submitter: sdk.AccAddress(stranger()).String(), Evidence: must2(codectypes.NewAnyWithValue(e))}
	_, err := evidencekeeper.NewMsgServerImpl(*t.evidence).SubmitEvidence(t.ctx, msg)
	return t.refused(step{Do: "submit", Message: must2(t.cdc.MarshalInterfaceJSON(msg))}, err)
}

// stake is what staking does beside: shares, minima and status change.
func (t *teller) stake() step {
	i := t.rand.Intn(len(t.stakes.all))
	v := t.stakes.all[i]
	switch n := t.rand.Intn(4); {
	case n == 0:
		v.MinSelfDelegation = math.NewInt(1 + t.rand.Int63n(120_000_000))
		return step{Do: "minimum", Who: i, Value: v.MinSelfDelegation.String()}
	case n == 1 && t.shares(i):
		return step{Do: "shares", Who: i, Value: t.stakes.shares[i].String()}
	case n == 2 && v.Jailed:
		v.Status = stakingtypes.BondStatus(1 + t.rand.Intn(2))
		return step{Do: "status", Who: i, Value: v.Status.String()}
	}
	t.stakes.shares[i] = nil
	return step{Do: "undelegate", Who: i}
}

func (t *teller) shares(i int) bool {
	value := math.LegacyNewDec(1 + t.rand.Int63n(100_000_000))
	t.stakes.shares[i] = &value
	return true
}

func digest(raw json.RawMessage) string {
	var value any
	must(json.Unmarshal(raw, &value))
	sum := sha256.Sum256(must2(json.Marshal(value)))
	return hex.EncodeToString(sum[:])
}

func (t *teller) steps(found []caught) []step {
	steps := []step{}
	for n := t.rand.Intn(4); n > 0; n-- {
		steps = append(steps, t.unjail())
	}
	if t.rand.Intn(6) == 0 {
		steps = append(steps, t.stake())
	}
	if t.rand.Intn(5) > 0 {
		// Most operators have enough of their own again.
		i := t.rand.Intn(len(t.stakes.all))
		t.shares(i)
		t.stakes.all[i].MinSelfDelegation = math.OneInt()
		steps = append(steps, step{Do: "shares", Who: i, Value: t.stakes.shares[i].String()}, step{Do: "minimum", Who: i, Value: "1"})
	}
	if t.rand.Intn(30) == 0 {
		steps = append(steps, t.update())
	}
	if t.rand.Intn(12) == 0 {
		steps = append(steps, t.submit(found))
	}
	for i, v := range t.stakes.all {
		if !v.Jailed && !v.IsBonded() || (t.rand.Intn(200) == 0 && !v.Jailed) {
			v.Status = stakingtypes.Bonded
			must(t.slashing.Hooks().AfterValidatorBonded(t.ctx, consensus(i), operator(i)))
			steps = append(steps, step{Do: "bonded", Who: i})
		}
	}
	return steps
}

func (t *teller) block(height int64, now time.Time) block {
	t.at(height, now)
	b := block{Height: height, Time: now.Format(time.RFC3339Nano)}
	var commit abci.CommitInfo
	b.Votes, b.Powers, commit = t.votes()
	b.Caught = t.misbehavior(height, now)
	t.punished = []punished{}
	t.ctx = t.ctx.WithEventManager(sdk.NewEventManager()).WithVoteInfos(commit.Votes)
	t.ctx = t.ctx.WithCometInfo(baseapp.NewBlockInfo(misbehaviors(b.Caught), nil, nil, commit))
	must(slashing.BeginBlocker(t.ctx, t.slashing))
	must(t.evidence.BeginBlocker(t.ctx))
	b.Events, b.Punished = events(t.ctx.EventManager().ABCIEvents()), t.punished
	b.Steps = t.steps(b.Caught)
	state := t.cdc.MustMarshalJSON(t.slashing.ExportGenesis(t.ctx))
	b.State, b.Evidence = digest(state), digest(t.cdc.MustMarshalJSON(evidence.ExportGenesis(t.ctx, *t.evidence)))
	if height%100 == 0 {
		b.Full = state
	}
	return b
}

func main() {
	var seed int64 = 1
	if len(os.Args) > 1 {
		must2(fmt.Sscan(os.Args[1], &seed))
	}
	t := &teller{world: newWorld(powers), rand: rand.New(rand.NewSource(seed)), away: make([]int, len(powers))}
	t.stakes.slash = func(who string, height, power int64, fraction math.LegacyDec) {
		if height < 0 {
			height = 0
		}
		t.punished = append(t.punished, punished{who, height, power, fraction.String()})
	}
	now := time.Unix(1_700_000_000, 0).UTC()
	t.at(0, now)
	params := slashingtypes.DefaultParams()
	params.SignedBlocksWindow, params.DowntimeJailDuration = 12, 90*time.Second
	genesis := slashingtypes.NewGenesisState(params, nil, nil)
	t.slashing.InitGenesis(t.ctx, t.stakes, genesis)
	for i := range powers {
		must(t.slashing.Hooks().AfterValidatorBonded(t.ctx, consensus(i), operator(i)))
	}
	s := story{Seed: seed, Powers: powers, Genesis: t.cdc.MustMarshalJSON(genesis)}
	for height := int64(1); height <= blocks; height++ {
		now = now.Add(time.Duration(1+t.rand.Int63n(30_000)) * time.Millisecond)
		s.Blocks = append(s.Blocks, t.block(height, now))
	}
	must(json.NewEncoder(os.Stdout).Encode(s))
}
