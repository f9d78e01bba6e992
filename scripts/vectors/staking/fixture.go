package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/core/address"
	"cosmossdk.io/log"
	"cosmossdk.io/math"
	"cosmossdk.io/store"
	"cosmossdk.io/store/metrics"
	storetypes "cosmossdk.io/store/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/codec"
	codecaddress "github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/staking/keeper"
	"github.com/cosmos/cosmos-sdk/x/staking/types"
)

const denom = "uopen"

// accounts knows module addresses and nothing else: staking asks for no more.
type accounts struct{}

func (accounts) AddressCodec() address.Codec                              { return codecaddress.NewBech32Codec("open") }
func (accounts) IterateAccounts(context.Context, func(sdk.AccountI) bool) {}
func (accounts) GetAccount(context.Context, sdk.AccAddress) sdk.AccountI  { return nil }
func (accounts) GetModuleAddress(name string) sdk.AccAddress              { return authtypes.NewModuleAddress(name) }
func (accounts) GetModuleAccount(_ context.Context, name string) sdk.ModuleAccountI {
	return authtypes.NewEmptyModuleAccount(name)
}
func (accounts) SetModuleAccount(context.Context, sdk.ModuleAccountI) {}

// bank keeps balances in the staking store's sibling, so that a failed message takes its transfers back. What is burnt goes to "community".
type bank struct{ key storetypes.StoreKey }

func (b bank) get(ctx context.Context, owner string) math.Int {
	raw := sdk.UnwrapSDKContext(ctx).KVStore(b.key).Get([]byte(owner))
	if raw == nil {
		return math.ZeroInt()
	}
	amount, _ := math.NewIntFromString(string(raw))
	return amount
}

func (b bank) set(ctx context.Context, owner string, amount math.Int) {
	sdk.UnwrapSDKContext(ctx).KVStore(b.key).Set([]byte(owner), []byte(amount.String()))
}

func (b bank) move(ctx context.Context, from, to string, coins sdk.Coins) error {
	amount := coins.AmountOf(denom)
	if b.get(ctx, from).LT(amount) {
		return sdkerrors.ErrInsufficientFunds
	}
	b.set(ctx, from, b.get(ctx, from).Sub(amount))
	b.set(ctx, to, b.get(ctx, to).Add(amount))
	return nil
}

func (b bank) GetAllBalances(ctx context.Context, owner sdk.AccAddress) sdk.Coins {
	return sdk.NewCoins(b.GetBalance(ctx, owner, denom))
}
func (b bank) GetBalance(ctx context.Context, owner sdk.AccAddress, _ string) sdk.Coin {
	return sdk.NewCoin(denom, b.get(ctx, owner.String()))
}
func (b bank) LockedCoins(context.Context, sdk.AccAddress) sdk.Coins { return nil }
func (b bank) SpendableCoins(ctx context.Context, owner sdk.AccAddress) sdk.Coins {
	return b.GetAllBalances(ctx, owner)
}
func (b bank) GetSupply(context.Context, string) sdk.Coin {
	return sdk.NewCoin(denom, math.NewInt(1_000_000_000_000_000))
}
func (b bank) SendCoinsFromModuleToModule(ctx context.Context, from, to string, amt sdk.Coins) error {
	return b.move(ctx, authtypes.NewModuleAddress(from).String(), authtypes.NewModuleAddress(to).String(), amt)
}
func (b bank) UndelegateCoinsFromModuleToAccount(ctx context.Context, from string, to sdk.AccAddress, amt sdk.Coins) error {
	return b.move(ctx, authtypes.NewModuleAddress(from).String(), to.String(), amt)
}
func (b bank) DelegateCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, to string, amt sdk.Coins) error {
	return b.move(ctx, from.String(), authtypes.NewModuleAddress(to).String(), amt)
}
func (b bank) BurnCoins(ctx context.Context, from string, amt sdk.Coins) error {
	return b.move(ctx, authtypes.NewModuleAddress(from).String(), "community", amt)
}

type world struct {
	ctx    sdk.Context
	cdc    *codec.ProtoCodec
	keeper *keeper.Keeper
	bank   bank
}

func newWorld() *world {
	config := sdk.GetConfig()
	config.SetBech32PrefixForAccount("open", "openpub")
	config.SetBech32PrefixForValidator("openvaloper", "openvaloperpub")
	config.SetBech32PrefixForConsensusNode("openvalcons", "openvalconspub")
	registry := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(registry)
	types.RegisterInterfaces(registry)
	cdc := codec.NewProtoCodec(registry)

	stakingKey, bankKey := storetypes.NewKVStoreKey("staking"), storetypes.NewKVStoreKey("bank")
	db := dbm.NewMemDB()
	cms := store.NewCommitMultiStore(db, log.NewNopLogger(), metrics.NewNoOpMetrics())
	cms.MountStoreWithDB(stakingKey, storetypes.StoreTypeIAVL, db)
	cms.MountStoreWithDB(bankKey, storetypes.StoreTypeIAVL, db)
	must(cms.LoadLatestVersion())
	ctx := sdk.NewContext(cms, cmtproto.Header{ChainID: "golden-1"}, false, log.NewNopLogger())

	b := bank{bankKey}
	k := keeper.NewKeeper(cdc, runtime.NewKVStoreService(stakingKey), accounts{}, b, authtypes.NewModuleAddress("gov").String(),
		codecaddress.NewBech32Codec("openvaloper"), codecaddress.NewBech32Codec("openvalcons"))
	return &world{ctx, cdc, k, b}
}

func (w *world) at(height int64, now time.Time) {
	w.ctx = w.ctx.WithBlockHeader(cmtproto.Header{ChainID: "golden-1", Height: height, Time: now}).WithHeaderInfo(w.ctx.HeaderInfo())
	info := w.ctx.HeaderInfo()
	info.Height, info.Time, info.ChainID = height, now, "golden-1"
	w.ctx = w.ctx.WithHeaderInfo(info)
}

func person(i int) sdk.AccAddress {
	sum := sha256.Sum256([]byte(fmt.Sprintf("golden person %d", i)))
	return sdk.AccAddress(sum[:20])
}

func operator(i int) sdk.ValAddress { return sdk.ValAddress(person(i)) }

func consensusKey(i int) *ed25519.PubKey {
	sum := sha256.Sum256([]byte(fmt.Sprintf("golden key %d", i)))
	return &ed25519.PubKey{Key: sum[:]}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

var errEmptySet = errors.New("the set became empty: choose another seed")
