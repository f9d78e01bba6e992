// Runs the SDK's own x/distribution keeper over a seeded script and prints what it has booked after each step.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/core/address"
	"cosmossdk.io/math"
	storetypes "cosmossdk.io/store/types"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/distribution"
	"github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	"github.com/cosmos/cosmos-sdk/x/distribution/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

const denom = "uopen"

type world struct {
	balances    map[string]math.Int
	validators  map[string]*stakingtypes.Validator
	delegations map[string]map[string]math.LegacyDec
	order       []string
}

func (w *world) move(from, to string, amount sdk.Coins) error {
	value := amount.AmountOf(denom)
	w.balances[from] = w.balance(from).Sub(value)
	w.balances[to] = w.balance(to).Add(value)
	if w.balances[from].IsNegative() {
		return fmt.Errorf("%s has too little", from)
	}
	return nil
}
func (w *world) balance(of string) math.Int {
	if found, ok := w.balances[of]; ok {
		return found
	}
	return math.ZeroInt()
}
func moduleKey(name string) string { return string(authtypes.NewModuleAddress(name)) }

type accounts struct{}

func (accounts) AddressCodec() address.Codec                             { return addresscodec.NewBech32Codec("cosmos") }
func (accounts) GetAccount(context.Context, sdk.AccAddress) sdk.AccountI { return nil }
func (accounts) GetModuleAddress(name string) sdk.AccAddress             { return authtypes.NewModuleAddress(name) }
func (accounts) GetModuleAccount(_ context.Context, name string) sdk.ModuleAccountI {
	return authtypes.NewEmptyModuleAccount(name)
}
func (accounts) SetModuleAccount(context.Context, sdk.ModuleAccountI) {}

type bank struct{ *world }

func (b bank) GetAllBalances(_ context.Context, of sdk.AccAddress) sdk.Coins {
	return sdk.NewCoins(sdk.NewCoin(denom, b.balance(string(of))))
}
func (b bank) SpendableCoins(ctx context.Context, of sdk.AccAddress) sdk.Coins {
	return b.GetAllBalances(ctx, of)
}
func (b bank) SendCoinsFromModuleToModule(_ context.Context, from, to string, amount sdk.Coins) error {
	return b.move(moduleKey(from), moduleKey(to), amount)
}
func (b bank) SendCoinsFromModuleToAccount(_ context.Context, from string, to sdk.AccAddress, amount sdk.Coins) error {
	return b.move(moduleKey(from), string(to), amount)
}
func (b bank) SendCoinsFromAccountToModule(_ context.Context, from sdk.AccAddress, to string, amount sdk.Coins) error {
	return b.move(string(from), moduleKey(to), amount)
}
func (bank) BlockedAddr(sdk.AccAddress) bool { return false }

type staking struct{ *world }

func (staking) ValidatorAddressCodec() address.Codec {
	return addresscodec.NewBech32Codec("cosmosvaloper")
}
func (staking) ConsensusAddressCodec() address.Codec {
	return addresscodec.NewBech32Codec("cosmosvalcons")
}
func (staking) IterateValidators(context.Context, func(int64, stakingtypes.ValidatorI) bool) error {
	return nil
}
func (s staking) Validator(_ context.Context, of sdk.ValAddress) (stakingtypes.ValidatorI, error) {
	found, ok := s.validators[string(of)]
	if !ok {
		return nil, stakingtypes.ErrNoValidatorFound
	}
	return *found, nil
}
func (s staking) ValidatorByConsAddr(_ context.Context, of sdk.ConsAddress) (stakingtypes.ValidatorI, error) {
	for _, v := range s.validators {
		if found, _ := v.GetConsAddr(); string(found) == string(of) {
			return *v, nil
		}
	}
	return nil, stakingtypes.ErrNoValidatorFound
}
func (s staking) Delegation(_ context.Context, delegator sdk.AccAddress, of sdk.ValAddress) (stakingtypes.DelegationI, error) {
	shares, ok := s.delegations[string(of)][string(delegator)]
	if !ok {
		return nil, stakingtypes.ErrNoDelegation
	}
	return stakingtypes.NewDelegation(delegator.String(), of.String(), shares), nil
}
func (staking) IterateDelegations(context.Context, sdk.AccAddress, func(int64, stakingtypes.DelegationI) bool) error {
	return nil
}
func (staking) GetAllSDKDelegations(context.Context) ([]stakingtypes.Delegation, error) {
	return nil, nil
}
func (staking) GetAllValidators(context.Context) ([]stakingtypes.Validator, error) { return nil, nil }
func (staking) GetAllDelegatorDelegations(context.Context, sdk.AccAddress) ([]stakingtypes.Delegation, error) {
	return nil, nil
}

type step struct {
	Do        string   `json:"do"`
	Validator int      `json:"validator,omitempty"`
	Delegator int      `json:"delegator,omitempty"`
	Amount    string   `json:"amount,omitempty"`
	Powers    []string `json:"powers,omitempty"`
	After     books    `json:"after"`
}
type books struct {
	Pool       string      `json:"pool"`
	References uint64      `json:"references"`
	Balances   []string    `json:"balances"`
	Validators []validator `json:"validators"`
}
type validator struct {
	Tokens      string   `json:"tokens"`
	Shares      string   `json:"shares"`
	Outstanding string   `json:"outstanding"`
	Current     string   `json:"current"`
	Commission  string   `json:"commission"`
	Period      uint64   `json:"period"`
	Owed        []string `json:"owed"`
}

func dec(coins sdk.DecCoins) string { return coins.AmountOf(denom).String() }
func must(err error) {
	if err != nil {
		panic(err)
	}
}
func person(n int) sdk.AccAddress {
	bytes := make([]byte, 20)
	for i := range bytes {
		bytes[i] = byte(n)
	}
	return bytes
}

const people = 6

type machine struct {
	*world
	k      keeper.Keeper
	ctx    sdk.Context
	script []step
}

func (m *machine) hooks() keeper.Hooks { return m.k.Hooks() }

func (m *machine) show() books {
	pool, err := m.k.FeePool.Get(m.ctx)
	must(err)
	found := books{Pool: dec(pool.CommunityPool), References: m.k.GetValidatorHistoricalReferenceCount(m.ctx)}
	for n := 1; n <= people; n++ {
		found.Balances = append(found.Balances, m.balance(string(person(n))).String())
	}
	for n := 1; n <= 3; n++ {
		of := sdk.ValAddress(person(n))
		v, ok := m.validators[string(of)]
		if !ok {
			found.Validators = append(found.Validators, validator{Tokens: "0"})
			continue
		}
		outstanding, err := m.k.GetValidatorOutstandingRewardsCoins(m.ctx, of)
		must(err)
		current, err := m.k.GetValidatorCurrentRewards(m.ctx, of)
		must(err)
		commission, err := m.k.GetValidatorAccumulatedCommission(m.ctx, of)
		must(err)
		row := validator{v.Tokens.String(), v.DelegatorShares.String(), dec(outstanding), dec(current.Rewards), dec(commission.Commission), current.Period, nil}
		for d := 1; d <= people; d++ {
			shares, ok := m.delegations[string(of)][string(person(d))]
			if !ok {
				row.Owed = append(row.Owed, "")
				continue
			}
			branch, _ := m.ctx.CacheContext()
			ending, err := m.k.IncrementValidatorPeriod(branch, *v)
			must(err)
			owed, err := m.k.CalculateDelegationRewards(branch, *v, stakingtypes.NewDelegation(person(d).String(), of.String(), shares), ending)
			must(err)
			row.Owed = append(row.Owed, dec(owed))
		}
		found.Validators = append(found.Validators, row)
	}
	return found
}

func (m *machine) delegate(n, d int, amount math.Int) {
	of, delegator := sdk.ValAddress(person(n)), person(d)
	_, had := m.delegations[string(of)][string(delegator)]
	if had {
		must(m.hooks().BeforeDelegationSharesModified(m.ctx, delegator, of))
	} else {
		must(m.hooks().BeforeDelegationCreated(m.ctx, delegator, of))
		m.delegations[string(of)][string(delegator)] = math.LegacyZeroDec()
	}
	updated, shares := m.validators[string(of)].AddTokensFromDel(amount)
	m.validators[string(of)] = &updated
	m.delegations[string(of)][string(delegator)] = m.delegations[string(of)][string(delegator)].Add(shares)
	must(m.hooks().AfterDelegationModified(m.ctx, delegator, of))
}

func (m *machine) create(n int, amount math.Int, commission math.LegacyDec) {
	of := sdk.ValAddress(person(n))
	key := ed25519.GenPrivKeyFromSecret([]byte{byte(n)}).PubKey()
	v, err := stakingtypes.NewValidator(of.String(), key, stakingtypes.Description{})
	must(err)
	v.Commission = stakingtypes.NewCommission(commission, math.LegacyOneDec(), math.LegacyZeroDec())
	m.validators[string(of)] = &v
	m.delegations[string(of)] = map[string]math.LegacyDec{}
	must(m.hooks().AfterValidatorCreated(m.ctx, of))
	m.delegate(n, n, amount)
}

func (m *machine) undelegate(n, d int, part math.LegacyDec) {
	of, delegator := sdk.ValAddress(person(n)), person(d)
	must(m.hooks().BeforeDelegationSharesModified(m.ctx, delegator, of))
	shares := m.delegations[string(of)][string(delegator)]
	taken := math.LegacyMinDec(shares.Mul(part), shares)
	if left := shares.Sub(taken); left.IsZero() {
		delete(m.delegations[string(of)], string(delegator))
	} else {
		m.delegations[string(of)][string(delegator)] = left
		must(m.hooks().AfterDelegationModified(m.ctx, delegator, of))
	}
	updated, _ := m.validators[string(of)].RemoveDelShares(taken)
	m.validators[string(of)] = &updated
	if updated.DelegatorShares.IsZero() {
		delete(m.validators, string(of))
		must(m.hooks().AfterValidatorRemoved(m.ctx, nil, of))
	}
}

func (m *machine) slash(n int, fraction math.LegacyDec) {
	of := sdk.ValAddress(person(n))
	v := m.validators[string(of)]
	taken := math.LegacyNewDecFromInt(v.Tokens).Mul(fraction).TruncateInt()
	if v.Tokens.IsPositive() {
		effective := math.LegacyNewDecFromInt(taken).QuoRoundUp(math.LegacyNewDecFromInt(v.Tokens))
		must(m.hooks().BeforeValidatorSlashed(m.ctx, of, math.LegacyMinDec(effective, math.LegacyOneDec())))
	}
	updated := v.RemoveTokens(taken)
	m.validators[string(of)] = &updated
}

func (m *machine) block(fees math.Int, powers []int64) {
	m.ctx = m.ctx.WithBlockHeight(m.ctx.BlockHeight() + 1)
	m.balances[moduleKey("fee_collector")] = fees
	if fees.IsZero() {
		return
	}
	votes, total := []abci.VoteInfo{}, int64(0)
	for i, power := range powers {
		v, ok := m.validators[string(sdk.ValAddress(person(i+1)))]
		if !ok || power == 0 {
			continue
		}
		cons, _ := v.GetConsAddr()
		votes = append(votes, abci.VoteInfo{Validator: abci.Validator{Address: cons, Power: power}})
		total += power
	}
	must(m.k.AllocateTokens(m.ctx, total, votes))
}

func newMachine() *machine {
	w := &world{map[string]math.Int{}, map[string]*stakingtypes.Validator{}, map[string]map[string]math.LegacyDec{}, nil}
	key := storetypes.NewKVStoreKey(types.StoreKey)
	ctx := testutil.DefaultContext(key, storetypes.NewTransientStoreKey("transient")).WithBlockHeight(1)
	enc := moduletestutil.MakeTestEncodingConfig(distribution.AppModuleBasic{})
	k := keeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(key), accounts{}, bank{w}, staking{w}, "fee_collector", "gov")
	must(k.FeePool.Set(ctx, types.InitialFeePool()))
	must(k.Params.Set(ctx, types.DefaultParams()))
	return &machine{w, k, ctx, nil}
}

func (m *machine) note(s step) {
	s.After = m.show()
	m.script = append(m.script, s)
}

// A step that the state allows, or another block.
func (m *machine) random(r *rand.Rand) {
	n, d := 1+r.Intn(3), 1+r.Intn(people)
	v, alive := m.validators[string(sdk.ValAddress(person(n)))]
	_, has := m.delegations[string(sdk.ValAddress(person(n)))][string(person(d))]
	amount := math.NewInt(1 + r.Int63n(1_000_000_000))
	switch kind := r.Intn(10); {
	case kind == 0 && !alive:
		commission := math.LegacyNewDecWithPrec(r.Int63n(1000), 3)
		m.create(n, amount, commission)
		m.note(step{Do: "create", Validator: n, Amount: amount.String() + "/" + commission.String()})
	case kind <= 2 && alive && v.Tokens.IsPositive():
		m.delegate(n, d, amount)
		m.note(step{Do: "delegate", Validator: n, Delegator: d, Amount: amount.String()})
	case kind == 3 && alive && has:
		part := math.LegacyNewDecWithPrec(1+r.Int63n(999), 3)
		if r.Intn(3) == 0 {
			part = math.LegacyOneDec()
		}
		m.undelegate(n, d, part)
		m.note(step{Do: "undelegate", Validator: n, Delegator: d, Amount: part.String()})
	case kind == 4 && alive && has:
		_, err := m.k.WithdrawDelegationRewards(m.ctx, person(d), sdk.ValAddress(person(n)))
		must(err)
		m.note(step{Do: "withdraw", Validator: n, Delegator: d})
	case kind == 5 && alive:
		if _, err := m.k.WithdrawValidatorCommission(m.ctx, sdk.ValAddress(person(n))); err == nil {
			m.note(step{Do: "commission", Validator: n})
		}
	case kind == 6 && alive && r.Intn(2) == 0:
		fraction := math.LegacyNewDecWithPrec(r.Int63n(300), 3)
		m.slash(n, fraction)
		m.note(step{Do: "slash", Validator: n, Amount: fraction.String()})
	default:
		fees := math.NewInt(r.Int63n(100_000_000) * int64(r.Intn(3)))
		powers := []int64{r.Int63n(1000), r.Int63n(1000), r.Int63n(1000)}
		m.block(fees, powers)
		m.note(step{Do: "block", Amount: fees.String(), Powers: []string{fmt.Sprint(powers[0]), fmt.Sprint(powers[1]), fmt.Sprint(powers[2])}})
	}
}

func main() {
	scripts := [][]step{}
	for seed := int64(1); seed <= 3; seed++ {
		m, r := newMachine(), rand.New(rand.NewSource(seed))
		for len(m.script) < 120 {
			m.random(r)
		}
		scripts = append(scripts, m.script)
	}
	encoder := json.NewEncoder(os.Stdout)
	must(encoder.Encode(map[string]any{"source": "github.com/cosmos/cosmos-sdk v0.53.0 x/distribution/keeper", "scripts": scripts}))
}
