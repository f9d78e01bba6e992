package main

import (
	"context"
	hexadecimal "encoding/hex"
	"strings"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// listener notes every hook with its addresses in hexadecimal, in the order of the calls.
type listener struct{ calls []string }

func (l *listener) note(parts ...string) error {
	l.calls = append(l.calls, strings.Join(parts, " "))
	return nil
}

// take returns what was noted and forgets it.
func (l *listener) take() []string {
	calls := l.calls
	l.calls = nil
	return calls
}

func hex(address []byte) string { return hexadecimal.EncodeToString(address) }

func (l *listener) AfterValidatorCreated(_ context.Context, v sdk.ValAddress) error {
	return l.note("afterValidatorCreated", hex(v))
}
func (l *listener) BeforeValidatorModified(_ context.Context, v sdk.ValAddress) error {
	return l.note("beforeValidatorModified", hex(v))
}
func (l *listener) AfterValidatorRemoved(_ context.Context, c sdk.ConsAddress, v sdk.ValAddress) error {
	return l.note("afterValidatorRemoved", hex(c), hex(v))
}
func (l *listener) AfterValidatorBonded(_ context.Context, c sdk.ConsAddress, v sdk.ValAddress) error {
	return l.note("afterValidatorBonded", hex(c), hex(v))
}
func (l *listener) AfterValidatorBeginUnbonding(_ context.Context, c sdk.ConsAddress, v sdk.ValAddress) error {
	return l.note("afterValidatorBeginUnbonding", hex(c), hex(v))
}
func (l *listener) BeforeDelegationCreated(_ context.Context, d sdk.AccAddress, v sdk.ValAddress) error {
	return l.note("beforeDelegationCreated", hex(d), hex(v))
}
func (l *listener) BeforeDelegationSharesModified(_ context.Context, d sdk.AccAddress, v sdk.ValAddress) error {
	return l.note("beforeDelegationSharesModified", hex(d), hex(v))
}
func (l *listener) BeforeDelegationRemoved(_ context.Context, d sdk.AccAddress, v sdk.ValAddress) error {
	return l.note("beforeDelegationRemoved", hex(d), hex(v))
}
func (l *listener) AfterDelegationModified(_ context.Context, d sdk.AccAddress, v sdk.ValAddress) error {
	return l.note("afterDelegationModified", hex(d), hex(v))
}
func (l *listener) BeforeValidatorSlashed(_ context.Context, v sdk.ValAddress, fraction math.LegacyDec) error {
	return l.note("beforeValidatorSlashed", hex(v), fraction.String())
}
func (l *listener) AfterUnbondingInitiated(context.Context, uint64) error { return nil }
