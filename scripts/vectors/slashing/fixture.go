package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/core/address"
	"cosmossdk.io/core/comet"
	"cosmossdk.io/log"
	"cosmossdk.io/math"
	"cosmossdk.io/store"
	"cosmossdk.io/store/metrics"
	storetypes "cosmossdk.io/store/types"
	evidencekeeper "cosmossdk.io/x/evidence/keeper"
	evidencetypes "cosmossdk.io/x/evidence/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/codec"
	codecaddress "github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	slashingkeeper "github.com/cosmos/cosmos-sdk/x/slashing/keeper"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// stakes is a staking of a few validators: the same as chain/testkit/stakes.ts.
type stakes struct {
	all    []*stakingtypes.Validator
	shares []*math.LegacyDec
	slash  func(who string, height, power int64, fraction math.LegacyDec)
}

func consensusKey(i int) *ed25519.PubKey {
	key := make([]byte, 32)
	for j := range key {
		key[j] = byte(i + 1)
	}
	return &ed25519.PubKey{Key: key}
}

func operator(i int) sdk.ValAddress {
	raw := make([]byte, 20)
	for j := range raw {
		raw[j] = byte(i + 1)
	}
	return raw
}

func consensus(i int) sdk.ConsAddress { return sdk.ConsAddress(consensusKey(i).Address()) }

func newStakes(powers []int64) *stakes {
	s := &stakes{}
	for i, power := range powers {
		v, err := stakingtypes.NewValidator(operator(i).String(), consensusKey(i), stakingtypes.Description{})
		must(err)
		tokens := math.NewInt(power * 1_000_000)
		v.Tokens, v.DelegatorShares, v.Status = tokens, math.LegacyNewDecFromInt(tokens), stakingtypes.Bonded
		own := v.DelegatorShares
		s.all, s.shares = append(s.all, &v), append(s.shares, &own)
	}
	return s
}

func (s *stakes) index(address sdk.ConsAddress) int {
	for i := range s.all {
		if consensus(i).Equals(address) {
			return i
		}
	}
	return -1
}

var errUnknown = errors.New("validator does not exist")

func (s *stakes) ValidatorAddressCodec() address.Codec {
	return codecaddress.NewBech32Codec("openvaloper")
}
func (s *stakes) ConsensusAddressCodec() address.Codec {
	return codecaddress.NewBech32Codec("openvalcons")
}
func (s *stakes) IterateValidators(_ context.Context, f func(int64, stakingtypes.ValidatorI) bool) error {
	for i, v := range s.all {
		f(int64(i), *v)
	}
	return nil
}
func (s *stakes) Validator(_ context.Context, a sdk.ValAddress) (stakingtypes.ValidatorI, error) {
	for i, v := range s.all {
		if operator(i).Equals(a) {
			return *v, nil
		}
	}
	return nil, nil
}
func (s *stakes) ValidatorByConsAddr(_ context.Context, a sdk.ConsAddress) (stakingtypes.ValidatorI, error) {
	if i := s.index(a); i >= 0 {
		return *s.all[i], nil
	}
	return nil, nil
}
func (s *stakes) SlashWithInfractionReason(ctx context.Context, a sdk.ConsAddress, height, power int64, fraction math.LegacyDec, _ stakingtypes.Infraction) (math.Int, error) {
	return s.Slash(ctx, a, height, power, fraction)
}
func (s *stakes) Slash(_ context.Context, a sdk.ConsAddress, height, power int64, fraction math.LegacyDec) (math.Int, error) {
	v := s.all[s.index(a)]
	s.slash(a.String(), height, power, fraction)
	taken := math.MinInt(math.LegacyNewDec(power*1_000_000).Mul(fraction).TruncateInt(), v.Tokens)
	v.Tokens = v.Tokens.Sub(taken)
	return taken, nil
}
func (s *stakes) Jail(_ context.Context, a sdk.ConsAddress) error {
	s.all[s.index(a)].Jailed = true
	return nil
}
func (s *stakes) Unjail(_ context.Context, a sdk.ConsAddress) error {
	s.all[s.index(a)].Jailed = false
	return nil
}

// own is a delegation of an operator to itself.
type own struct{ stakingtypes.Delegation }

func (s *stakes) Delegation(_ context.Context, _ sdk.AccAddress, a sdk.ValAddress) (stakingtypes.DelegationI, error) {
	for i := range s.all {
		if operator(i).Equals(a) && s.shares[i] != nil {
			return own{stakingtypes.Delegation{Shares: *s.shares[i]}}, nil
		}
	}
	return nil, nil
}
func (s *stakes) GetAllValidators(context.Context) ([]stakingtypes.Validator, error) { return nil, nil }
func (s *stakes) MaxValidators(context.Context) (uint32, error)                      { return 100, nil }
func (s *stakes) IsValidatorJailed(_ context.Context, a sdk.ConsAddress) (bool, error) {
	if i := s.index(a); i >= 0 {
		return s.all[i].Jailed, nil
	}
	return false, errUnknown
}
func (s *stakes) GetParams(context.Context) (stakingtypes.Params, error) {
	return stakingtypes.DefaultParams(), nil
}

// comets is what the block says of the one before.
type comets struct{}

func (comets) GetCometBlockInfo(ctx context.Context) comet.BlockInfo {
	return sdk.UnwrapSDKContext(ctx).CometInfo()
}

type world struct {
	ctx      sdk.Context
	cdc      *codec.ProtoCodec
	stakes   *stakes
	slashing slashingkeeper.Keeper
	evidence *evidencekeeper.Keeper
}

const (
	maxAgeBlocks   = 20
	maxAgeDuration = 200 * time.Second
)

func newWorld(powers []int64) *world {
	config := sdk.GetConfig()
	config.SetBech32PrefixForAccount("open", "openpub")
	config.SetBech32PrefixForValidator("openvaloper", "openvaloperpub")
	config.SetBech32PrefixForConsensusNode("openvalcons", "openvalconspub")
	registry := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(registry)
	slashingtypes.RegisterInterfaces(registry)
	evidencetypes.RegisterInterfaces(registry)
	cdc := codec.NewProtoCodec(registry)

	slashingKey, evidenceKey := storetypes.NewKVStoreKey("slashing"), storetypes.NewKVStoreKey("evidence")
	db := dbm.NewMemDB()
	cms := store.NewCommitMultiStore(db, log.NewNopLogger(), metrics.NewNoOpMetrics())
	cms.MountStoreWithDB(slashingKey, storetypes.StoreTypeIAVL, db)
	cms.MountStoreWithDB(evidenceKey, storetypes.StoreTypeIAVL, db)
	must(cms.LoadLatestVersion())
	ctx := sdk.NewContext(cms, cmtproto.Header{ChainID: "golden-1"}, false, log.NewNopLogger())
	ctx = ctx.WithConsensusParams(cmtproto.ConsensusParams{
		Evidence: &cmtproto.EvidenceParams{MaxAgeNumBlocks: maxAgeBlocks, MaxAgeDuration: maxAgeDuration, MaxBytes: 10_000},
	})
	s := newStakes(powers)
	slashing := slashingkeeper.NewKeeper(cdc, codec.NewLegacyAmino(), runtime.NewKVStoreService(slashingKey), s, authtypes.NewModuleAddress("gov").String())
	evidence := evidencekeeper.NewKeeper(cdc, runtime.NewKVStoreService(evidenceKey), s, slashing, codecaddress.NewBech32Codec("open"), comets{})
	evidence.SetRouter(evidencetypes.NewRouter())
	return &world{ctx, cdc, s, slashing, evidence}
}

func (w *world) at(height int64, now time.Time) {
	w.ctx = w.ctx.WithBlockHeader(cmtproto.Header{ChainID: "golden-1", Height: height, Time: now})
	info := w.ctx.HeaderInfo()
	info.Height, info.Time, info.ChainID = height, now, "golden-1"
	w.ctx = w.ctx.WithHeaderInfo(info)
}

func stranger() []byte {
	sum := sha256.Sum256([]byte("golden stranger"))
	return sum[:20]
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("%+v", err))
	}
}

func must2[T any](value T, err error) T {
	must(err)
	return value
}
