// Command staking drives the SDK's own x/staking keeper through a seeded story and prints what it did: every message with its outcome
// and events, every validator update, and the exported state. Called by hand; see ../README.md.
package main

import (
	"crypto/sha256"
	hexadecimal "encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"time"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"
	abci "github.com/cometbft/cometbft/abci/types"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/staking/keeper"
	"github.com/cosmos/cosmos-sdk/x/staking/types"
)

const (
	people  = 9
	blocks  = 120
	endowed = 2_000_000_000
)

type event struct {
	Type       string      `json:"type"`
	Attributes [][2]string `json:"attributes"`
}

// step is one act of a block: a message as JSON, or a punishment.
type step struct {
	Do      string          `json:"do"`
	Message json.RawMessage `json:"message,omitempty"`
	Who     string          `json:"who,omitempty"`
	Height  int64           `json:"height,omitempty"`
	Power   int64           `json:"power,omitempty"`
	Factor  string          `json:"factor,omitempty"`
	// Outcome: "codespace/code" and text of a refusal; what a slash took.
	Code   string          `json:"code,omitempty"`
	Text   string          `json:"text,omitempty"`
	Reply  json.RawMessage `json:"reply,omitempty"`
	Taken  string          `json:"taken,omitempty"`
	Events []event         `json:"events,omitempty"`
	Hooks  []string        `json:"hooks,omitempty"`
}

type block struct {
	Height  int64             `json:"height"`
	Time    string            `json:"time"`
	Steps   []step            `json:"steps"`
	Updates [][2]string       `json:"updates"`
	Events  []event           `json:"events"`
	State   string            `json:"state"`
	Full    json.RawMessage   `json:"full,omitempty"`
	Held    map[string]string `json:"held"`
	Hooks   []string          `json:"hooks,omitempty"`
}

type story struct {
	Seed    int64           `json:"seed"`
	Genesis json.RawMessage `json:"genesis"`
	People  []string        `json:"people"`
	Endowed string          `json:"endowed"`
	Blocks  []block         `json:"blocks"`
	// History has, for each height, a digest of the validators that were remembered: operator, tokens, moniker.
	History []string `json:"history"`
}

type teller struct {
	*world
	rand   *rand.Rand
	server types.MsgServer
	heard  *listener
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

func (t *teller) coin() sdk.Coin {
	switch t.rand.Intn(8) {
	case 0:
		return sdk.NewInt64Coin(denom, 1+t.rand.Int63n(50))
	case 1:
		return sdk.NewInt64Coin(denom, 1+t.rand.Int63n(3_000_000_000))
	case 2:
		return sdk.NewInt64Coin(denom, 1_000_000*(1+t.rand.Int63n(20)))
	default:
		return sdk.NewInt64Coin(denom, 1+t.rand.Int63n(40_000_000))
	}
}

func (t *teller) someone() sdk.AccAddress { return person(t.rand.Intn(people)) }

func (t *teller) validator() sdk.ValAddress {
	all, err := t.keeper.GetAllValidators(t.ctx)
	must(err)
	if len(all) == 0 || t.rand.Intn(15) == 0 {
		return operator(t.rand.Intn(people))
	}
	addr, err := sdk.ValAddressFromBech32(all[t.rand.Intn(len(all))].OperatorAddress)
	must(err)
	return addr
}

// held is a delegation that is there, mostly: strangers' requests only show the same refusals.
func (t *teller) held() (sdk.AccAddress, sdk.ValAddress, sdk.Coin) {
	all, err := t.keeper.GetAllDelegations(t.ctx)
	must(err)
	if len(all) == 0 || t.rand.Intn(12) == 0 {
		return t.someone(), t.validator(), t.coin()
	}
	d := all[t.rand.Intn(len(all))]
	delegator, operator := sdk.MustAccAddressFromBech32(d.DelegatorAddress), must2(sdk.ValAddressFromBech32(d.ValidatorAddress))
	validator, err := t.keeper.GetValidator(t.ctx, operator)
	must(err)
	worth := validator.TokensFromShares(d.Shares).TruncateInt()
	switch {
	case t.rand.Intn(6) == 0:
		return delegator, operator, sdk.Coin{Denom: denom, Amount: worth}
	case t.rand.Intn(10) == 0:
		return delegator, operator, sdk.Coin{Denom: denom, Amount: worth.AddRaw(int64(t.rand.Intn(3)))}
	case worth.GT(math.NewInt(3)):
		return delegator, operator, sdk.Coin{Denom: denom, Amount: math.NewInt(1 + t.rand.Int63n(worth.Int64()/2))}
	}
	return delegator, operator, t.coin()
}

func must2[T any](value T, err error) T {
	must(err)
	return value
}

func rate(r *rand.Rand, below int64) math.LegacyDec {
	return math.LegacyNewDecWithPrec(r.Int63n(below), 2)
}

func (t *teller) create() *types.MsgCreateValidator {
	i := t.rand.Intn(people)
	key := must2(codectypes.NewAnyWithValue(consensusKey(t.rand.Intn(people + 2))))
	value := t.coin()
	least := math.NewInt(1 + t.rand.Int63n(2_000_000))
	if t.rand.Intn(4) > 0 && value.Amount.LT(least) {
		least = math.OneInt()
	}
	return &types.MsgCreateValidator{
		Description:       types.Description{Moniker: fmt.Sprintf("person %d", i)},
		Commission:        types.NewCommissionRates(rate(t.rand, 12), rate(t.rand, 30), rate(t.rand, 6)),
		MinSelfDelegation: least,
		ValidatorAddress:  operator(i).String(),
		Pubkey:            key,
		Value:             value,
	}
}

func (t *teller) edit() *types.MsgEditValidator {
	msg := &types.MsgEditValidator{
		Description:      types.Description{Moniker: "edited", Identity: "[do-not-modify]", Details: fmt.Sprint(t.rand.Intn(9))},
		ValidatorAddress: t.validator().String(),
	}
	if t.rand.Intn(2) == 0 {
		r := rate(t.rand, 20)
		msg.CommissionRate = &r
	}
	if t.rand.Intn(3) == 0 {
		m := math.NewInt(1 + t.rand.Int63n(60_000_000))
		msg.MinSelfDelegation = &m
	}
	return msg
}

func (t *teller) cancel() *types.MsgCancelUnbondingDelegation {
	msg := &types.MsgCancelUnbondingDelegation{
		DelegatorAddress: t.someone().String(), ValidatorAddress: t.validator().String(), Amount: t.coin(), CreationHeight: 1 + t.rand.Int63n(9),
	}
	all := []types.UnbondingDelegation{}
	must(t.keeper.IterateUnbondingDelegations(t.ctx, func(_ int64, u types.UnbondingDelegation) bool {
		all = append(all, u)
		return false
	}))
	if len(all) == 0 || t.rand.Intn(8) == 0 {
		return msg
	}
	u := all[t.rand.Intn(len(all))]
	entry := u.Entries[t.rand.Intn(len(u.Entries))]
	msg.DelegatorAddress, msg.ValidatorAddress, msg.CreationHeight = u.DelegatorAddress, u.ValidatorAddress, entry.CreationHeight
	if t.rand.Intn(2) == 0 && entry.Balance.IsPositive() {
		msg.Amount.Amount = entry.Balance
	} else if entry.Balance.GT(math.OneInt()) {
		msg.Amount.Amount = math.NewInt(1 + t.rand.Int63n(entry.Balance.Int64()))
	}
	return msg
}

func (t *teller) message() sdk.Msg {
	switch n := t.rand.Intn(20); {
	case n < 6:
		return &types.MsgDelegate{DelegatorAddress: t.someone().String(), ValidatorAddress: t.validator().String(), Amount: t.coin()}
	case n < 11:
		delegator, validator, amount := t.held()
		return &types.MsgUndelegate{DelegatorAddress: delegator.String(), ValidatorAddress: validator.String(), Amount: amount}
	case n < 15:
		delegator, source, amount := t.held()
		return &types.MsgBeginRedelegate{
			DelegatorAddress: delegator.String(), ValidatorSrcAddress: source.String(), ValidatorDstAddress: t.validator().String(), Amount: amount,
		}
	case n < 17:
		return t.cancel()
	case n < 19:
		return t.create()
	}
	return t.edit()
}

func (t *teller) handle(ctx sdk.Context, msg sdk.Msg) (any, error) {
	switch m := msg.(type) {
	case *types.MsgDelegate:
		return t.server.Delegate(ctx, m)
	case *types.MsgUndelegate:
		return t.server.Undelegate(ctx, m)
	case *types.MsgBeginRedelegate:
		return t.server.BeginRedelegate(ctx, m)
	case *types.MsgCancelUnbondingDelegation:
		return t.server.CancelUnbondingDelegation(ctx, m)
	case *types.MsgCreateValidator:
		return t.server.CreateValidator(ctx, m)
	case *types.MsgEditValidator:
		return t.server.EditValidator(ctx, m)
	}
	panic("no such message")
}

func (t *teller) deliver(msg sdk.Msg) step {
	s := step{Do: sdk.MsgTypeURL(msg), Message: must2(t.cdc.MarshalInterfaceJSON(msg))}
	ctx, write := t.ctx.CacheContext()
	ctx = ctx.WithEventManager(sdk.NewEventManager())
	reply, err := t.handle(ctx, msg)
	if err != nil {
		codespace, code, text := errorsmod.ABCIInfo(err, false)
		s.Code, s.Text = fmt.Sprintf("%s/%d", codespace, code), text
		return s
	}
	write()
	s.Reply, s.Events = t.cdc.MustMarshalJSON(reply.(interface {
		Reset()
		String() string
		ProtoMessage()
	})), events(ctx.EventManager().ABCIEvents())
	return s
}

// punish does what slashing and evidence ask for, as far as they would ask.
func (t *teller) punish() (step, bool) {
	v, err := t.keeper.GetValidator(t.ctx, t.validator())
	if err != nil {
		return step{}, false
	}
	consensus := sdk.ConsAddress(must2(v.GetConsAddr()))
	free, err := t.keeper.GetAllValidators(t.ctx)
	must(err)
	left := 0
	for _, f := range free {
		if !f.Jailed && f.Tokens.GT(math.NewInt(5_000_000)) {
			left++
		}
	}
	switch n := t.rand.Intn(6); {
	case n < 3 && !v.IsUnbonded():
		s := step{Do: "slash", Who: v.OperatorAddress, Height: t.ctx.BlockHeight() - t.rand.Int63n(12), Factor: rate(t.rand, 40).String()}
		if s.Height < 1 {
			s.Height = 1
		}
		if t.rand.Intn(12) == 0 {
			s.Factor = math.LegacyOneDec().String()
		}
		s.Power = 1 + v.PotentialConsensusPower(math.NewInt(1_000_000))
		s.Taken = must2(t.keeper.Slash(t.ctx, consensus, s.Height, s.Power, math.LegacyMustNewDecFromStr(s.Factor))).String()
		return s, true
	case n == 3 && !v.Jailed && left > 3:
		must(t.keeper.Jail(t.ctx, consensus))
		return step{Do: "jail", Who: v.OperatorAddress}, true
	case n > 3 && v.Jailed:
		must(t.keeper.Unjail(t.ctx, consensus))
		return step{Do: "unjail", Who: v.OperatorAddress}, true
	}
	return step{}, false
}

func digest(raw json.RawMessage) string {
	var value any
	must(json.Unmarshal(raw, &value))
	sum := sha256.Sum256(must2(json.Marshal(value)))
	return hexadecimal.EncodeToString(sum[:])
}

func (t *teller) export() json.RawMessage {
	state := t.keeper.ExportGenesis(t.ctx)
	for i, v := range state.Validators {
		// When an unbonding is over the SDK means to clear its number and does not write it; the index knows better.
		state.Validators[i].UnbondingIds = nil
		for _, id := range v.UnbondingIds {
			if _, err := t.keeper.GetValidatorByUnbondingID(t.ctx, id); err == nil {
				state.Validators[i].UnbondingIds = append(state.Validators[i].UnbondingIds, id)
			}
		}
	}
	return t.cdc.MustMarshalJSON(state)
}

func (t *teller) end() ([][2]string, []event) {
	t.ctx = t.ctx.WithEventManager(sdk.NewEventManager())
	updates, err := t.keeper.EndBlocker(t.ctx)
	must(err)
	told := [][2]string{}
	for _, u := range updates {
		told = append(told, [2]string{hexadecimal.EncodeToString(u.PubKey.GetEd25519()), fmt.Sprint(u.Power)})
	}
	sort.Slice(told, func(i, j int) bool { return told[i][0] < told[j][0] })
	if total, err := t.keeper.GetLastTotalPower(t.ctx); err == nil && t.ctx.BlockHeight() > 3 && total.IsZero() {
		panic(errEmptySet)
	}
	return told, events(t.ctx.EventManager().ABCIEvents())
}

func (t *teller) coins() map[string]string {
	held := map[string]string{"community": t.bank.get(t.ctx, "community").String()}
	for _, pool := range []string{types.BondedPoolName, types.NotBondedPoolName} {
		held[pool] = t.bank.get(t.ctx, accounts{}.GetModuleAddress(pool).String()).String()
	}
	return held
}

func (t *teller) block(height int64, now time.Time) block {
	t.at(height, now)
	b := block{Height: height, Time: now.Format(time.RFC3339Nano), Steps: []step{}}
	must(t.keeper.BeginBlocker(t.ctx))
	for i := t.rand.Intn(3); i > 0; i-- {
		if s, ok := t.punish(); ok {
			s.Hooks = t.heard.take()
			b.Steps = append(b.Steps, s)
		}
	}
	for i := t.rand.Intn(8); i > 0; i-- {
		s := t.deliver(t.message())
		if heard := t.heard.take(); s.Code == "" {
			s.Hooks = heard
		}
		b.Steps = append(b.Steps, s)
	}
	b.Updates, b.Events = t.end()
	b.Hooks = t.heard.take()
	full := t.export()
	b.State, b.Held = digest(full), t.coins()
	if height%40 == 0 || os.Getenv("FULL") != "" {
		b.Full = full
	}
	return b
}

func main() {
	var seed int64 = 1
	if len(os.Args) > 1 {
		must2(fmt.Sscan(os.Args[1], &seed))
	}
	w, heard := newWorld(), &listener{}
	w.keeper.SetHooks(heard)
	t := &teller{w, rand.New(rand.NewSource(seed)), keeper.NewMsgServerImpl(w.keeper), heard}
	now := time.Unix(1_700_000_000, 0).UTC()
	t.at(0, now)
	params := types.DefaultParams()
	params.BondDenom, params.MaxValidators, params.MaxEntries, params.UnbondingTime = denom, 4, 3, 72*time.Hour
	params.MinCommissionRate = math.LegacyNewDecWithPrec(2, 2)
	genesis := types.NewGenesisState(params, nil, nil)
	s := story{Seed: seed, Genesis: t.cdc.MustMarshalJSON(genesis), Endowed: fmt.Sprint(endowed)}
	for i := 0; i < people; i++ {
		t.bank.set(t.ctx, person(i).String(), math.NewInt(endowed))
		s.People = append(s.People, person(i).String())
	}
	t.keeper.InitGenesis(t.ctx, genesis)
	for height := int64(1); height <= blocks; height++ {
		now = now.Add(time.Duration(t.rand.Int63n(int64(9 * time.Hour))))
		s.Blocks = append(s.Blocks, t.block(height, now))
	}
	for height := int64(1); height <= blocks; height++ {
		info := must2(t.keeper.GetHistoricalInfo(t.ctx, height))
		lines := ""
		for _, v := range info.Valset {
			lines += fmt.Sprintf("%s %s %s\n", v.OperatorAddress, v.Tokens, v.Description.Moniker)
		}
		sum := sha256.Sum256([]byte(lines))
		s.History = append(s.History, hexadecimal.EncodeToString(sum[:]))
	}
	out := json.NewEncoder(os.Stdout)
	must(out.Encode(s))
}
