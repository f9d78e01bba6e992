// Command dec writes the golden file of chain/primitives/dec.ts with the SDK's LegacyDec: in this folder,
//
//	go run . > ../../../chain/primitives/vectors/dec.json
package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand"
	"os"

	sdkmath "cosmossdk.io/math"
)

type binary func(a, b sdkmath.LegacyDec) sdkmath.LegacyDec
type unary func(a sdkmath.LegacyDec) string

var binaries = map[string]binary{
	"add": sdkmath.LegacyDec.Add, "sub": sdkmath.LegacyDec.Sub,
	"mul": sdkmath.LegacyDec.Mul, "mulTruncate": sdkmath.LegacyDec.MulTruncate, "mulRoundUp": sdkmath.LegacyDec.MulRoundUp,
	"quo": sdkmath.LegacyDec.Quo, "quoTruncate": sdkmath.LegacyDec.QuoTruncate, "quoRoundUp": sdkmath.LegacyDec.QuoRoundUp,
}

var unaries = map[string]unary{
	"truncateInt": func(a sdkmath.LegacyDec) string { return a.TruncateInt().String() },
	"roundInt":    func(a sdkmath.LegacyDec) string { return a.RoundInt().String() },
	"ceil":        func(a sdkmath.LegacyDec) string { return a.Ceil().BigInt().String() },
	"format":      func(a sdkmath.LegacyDec) string { return a.String() },
}

// The result as the scaled integer, or "refused" where the original panics (bounds, division by zero).
func tried(f func() string) (out string) {
	defer func() {
		if recover() != nil {
			out = "refused"
		}
	}()
	return f()
}

func dec(i *big.Int) sdkmath.LegacyDec { return sdkmath.LegacyNewDecFromBigIntWithPrec(i, 18) }

func numbers() []*big.Int {
	made := []*big.Int{}
	for _, text := range []string{"0", "1", "2", "3", "499999999999999999", "500000000000000000", "500000000000000001",
		"999999999999999999", "1000000000000000000", "1500000000000000000", "2500000000000000000", "3000000000000000000",
		"333333333333333333", "1000000000000000000000000"} {
		i, _ := new(big.Int).SetString(text, 10)
		made = append(made, i)
	}
	for _, bits := range []uint{64, 157, 255, 314} {
		made = append(made, new(big.Int).Lsh(big.NewInt(1), bits))
	}
	limit := new(big.Int).Mul(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1_000_000_000_000_000_000))
	made = append(made, new(big.Int).Sub(limit, big.NewInt(1)))
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 5; i++ {
		made = append(made, new(big.Int).Rand(random, new(big.Int).Lsh(big.NewInt(1), uint(20+40*i))))
	}
	for _, i := range made[1:] {
		made = append(made, new(big.Int).Neg(i))
	}
	return made
}

func main() {
	values := numbers()
	texts := []string{}
	for _, v := range values {
		texts = append(texts, v.String())
	}
	two := map[string][][]string{}
	for name, op := range binaries {
		for _, a := range values {
			row := []string{}
			for _, b := range values {
				row = append(row, tried(func() string { return op(dec(a), dec(b)).BigInt().String() }))
			}
			two[name] = append(two[name], row)
		}
	}
	one := map[string][]string{}
	for name, op := range unaries {
		for _, a := range values {
			one[name] = append(one[name], tried(func() string { return op(dec(a)) }))
		}
	}
	parsed := [][]string{}
	for _, text := range []string{"", "-", "0", "-0", "1", "1.", ".5", "0.5", "-0.000000000000000001", "1.0000000000000000001",
		"00.10", "1.2.3", "1e5", " 1", "+1", "0x10", "--1", "1.-5", "123456789.987654321",
		"66749594872528440074844428317798503581334516323645399060845050244444366430645",
		"66749594872528440074844428317798503581334516323645399060845050244444366430646"} {
		parsed = append(parsed, []string{text, tried(func() string { return sdkmath.LegacyMustNewDecFromStr(text).BigInt().String() })})
	}
	out := map[string]any{"made": "cosmossdk.io/math v1.5.3", "values": texts, "binary": two, "unary": one, "parse": parsed}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
