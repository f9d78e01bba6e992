package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand"
	"sort"

	"cosmossdk.io/log"
	"github.com/cosmos/iavl"
	dbm "github.com/cosmos/iavl/db"
	ics23 "github.com/cosmos/ics23/go"
)

func init() {
	commands["iavl"] = command{"chain/store/vectors/iavl.json", iavlVectors}
}

// An op is [key, value] for a set and [key] for a removal, in hex.
type iavlOp []string

type iavlVersion struct {
	Version int64    `json:"version"`
	Ops     []iavlOp `json:"ops"`
	Root    string   `json:"root"`
	Size    int64    `json:"size"`
	Height  int8     `json:"height"`
}

// A proof holds the bytes of a CommitmentProof; without a value it shows absence.
type iavlProof struct {
	Version int64  `json:"version"`
	Key     string `json:"key"`
	Value   string `json:"value,omitempty"`
	Proof   string `json:"proof"`
}

type iavlSequence struct {
	Name           string        `json:"name"`
	InitialVersion int64         `json:"initialVersion"`
	Versions       []iavlVersion `json:"versions"`
	Proofs         []iavlProof   `json:"proofs"`
}

type iavlFile struct {
	Made      string         `json:"made"`
	Sequences []iavlSequence `json:"sequences"`
}

// A plan says what one sequence exercises; the rest is drawn from its seed.
type iavlPlan struct {
	name           string
	initialVersion int64
	versions       int
	opsPerVersion  int
	keySpace       int
	removeShare    float64
	order          string // "random", "up", "down", "sorted"
	drain          bool   // the last version removes every key
	proofs         int
}

func iavlPlans() []iavlPlan {
	plans := []iavlPlan{
		{name: "never written", initialVersion: 1, versions: 3, order: "random"},
		{name: "never written, from version 42", initialVersion: 42, versions: 2, order: "random"},
		{name: "one key", initialVersion: 1, versions: 3, opsPerVersion: 1, keySpace: 1, order: "random", proofs: 4},
		{name: "ascending", initialVersion: 1, versions: 3, opsPerVersion: 100, keySpace: 300, order: "up", proofs: 6},
		{name: "descending", initialVersion: 1, versions: 3, opsPerVersion: 100, keySpace: 300, order: "down", proofs: 6},
		{name: "large", initialVersion: 1, versions: 4, opsPerVersion: 600, keySpace: 4000, removeShare: 0.2, order: "sorted", proofs: 8},
		{name: "large, from version 2^33", initialVersion: 1 << 33, versions: 3, opsPerVersion: 60, keySpace: 300, removeShare: 0.2, order: "random", proofs: 6},
	}
	orders := []string{"random", "sorted", "random", "sorted", "up", "down"}
	initials := []int64{1, 1, 1, 2, 300, 1_000_000}
	for i := 0; i < 220; i++ {
		p := iavlPlan{
			name:           fmt.Sprintf("random %d", i),
			initialVersion: initials[i%len(initials)],
			versions:       1 + i%7,
			opsPerVersion:  1 + (i*7)%23,
			keySpace:       2 + (i*5)%61,
			removeShare:    []float64{0, 0.2, 0.45, 0.7}[i%4],
			order:          orders[(i/3)%len(orders)],
			drain:          i%11 == 0,
		}
		if i%3 == 0 {
			p.proofs = 3
		}
		plans = append(plans, p)
	}
	return plans
}

func drawOps(plan iavlPlan, round int, live map[string]string, rng *rand.Rand) []iavlOp {
	ops := []iavlOp{}
	key := func(n int) string { return hex.EncodeToString([]byte(fmt.Sprintf("%x", n))) }
	if plan.drain && round == plan.versions-1 {
		for k := range live {
			ops = append(ops, iavlOp{k})
		}
		sort.Slice(ops, func(i, j int) bool { return ops[i][0] < ops[j][0] })
		rng.Shuffle(len(ops), func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
		return ops
	}
	// Every fifth version of a long sequence writes nothing.
	if round%5 == 3 {
		return ops
	}
	count := rng.Intn(plan.opsPerVersion + 1)
	if plan.opsPerVersion >= 60 {
		count = plan.opsPerVersion
	}
	for i := 0; i < count; i++ {
		n := rng.Intn(plan.keySpace)
		switch plan.order {
		case "up":
			n = round*plan.opsPerVersion + i
		case "down":
			n = 100_000 - round*plan.opsPerVersion - i
		}
		k := key(n)
		if rng.Float64() < plan.removeShare {
			ops = append(ops, iavlOp{k})
			continue
		}
		v := hex.EncodeToString([]byte{byte(rng.Intn(256)), byte(rng.Intn(256))}[:1+rng.Intn(2)])
		if old, exists := live[k]; exists && rng.Intn(3) == 0 {
			v = old
		}
		ops = append(ops, iavlOp{k, v})
	}
	if plan.order == "sorted" {
		sort.SliceStable(ops, func(i, j int) bool { return ops[i][0] < ops[j][0] })
	}
	return ops
}

func apply(tree *iavl.MutableTree, op iavlOp, live map[string]string) error {
	key, _ := hex.DecodeString(op[0])
	if len(op) == 1 {
		delete(live, op[0])
		_, _, err := tree.Remove(key)
		return err
	}
	value, _ := hex.DecodeString(op[1])
	live[op[0]] = op[1]
	_, err := tree.Set(key, value)
	return err
}

func proofFor(tree *iavl.MutableTree, version int64, key []byte) (iavlProof, error) {
	var proof iavlProof
	snapshot, err := tree.GetImmutable(version)
	if err != nil {
		return proof, err
	}
	made, err := snapshot.GetProof(key)
	if err != nil {
		return proof, err
	}
	value, err := snapshot.Get(key)
	if err != nil {
		return proof, err
	}
	root := snapshot.Hash()
	if value != nil && !ics23.VerifyMembership(ics23.IavlSpec, root, made, key, value) {
		return proof, fmt.Errorf("existence proof of %x does not verify", key)
	}
	if value == nil && !ics23.VerifyNonMembership(ics23.IavlSpec, root, made, key) {
		return proof, fmt.Errorf("absence proof of %x does not verify", key)
	}
	encoded, err := made.Marshal()
	if err != nil {
		return proof, err
	}
	return iavlProof{version, hex.EncodeToString(key), hex.EncodeToString(value), hex.EncodeToString(encoded)}, nil
}

func iavlSequenceOf(plan iavlPlan, seed int64) (iavlSequence, error) {
	rng := rand.New(rand.NewSource(seed))
	sequence := iavlSequence{Name: plan.name, InitialVersion: plan.initialVersion, Proofs: []iavlProof{}}
	options := []iavl.Option{}
	if plan.initialVersion > 1 {
		options = append(options, iavl.InitialVersionOption(uint64(plan.initialVersion)))
	}
	tree := iavl.NewMutableTree(dbm.NewMemDB(), 0, true, log.NewNopLogger(), options...)
	live := map[string]string{}
	for round := 0; round < plan.versions; round++ {
		ops := drawOps(plan, round, live, rng)
		for _, op := range ops {
			if err := apply(tree, op, live); err != nil {
				return sequence, err
			}
		}
		working := tree.WorkingHash()
		root, version, err := tree.SaveVersion()
		if err != nil {
			return sequence, err
		}
		if !bytes.Equal(root, working) {
			return sequence, fmt.Errorf("working hash differs from the saved one")
		}
		saved := iavlVersion{version, ops, hex.EncodeToString(root), tree.Size(), tree.Height()}
		sequence.Versions = append(sequence.Versions, saved)
	}
	for i := 0; i < plan.proofs; i++ {
		v := sequence.Versions[rng.Intn(len(sequence.Versions))]
		if v.Size == 0 {
			continue
		}
		key := []byte(fmt.Sprintf("%x", rng.Intn(plan.keySpace+3)))
		if len(v.Ops) > 0 && i%2 == 0 {
			key, _ = hex.DecodeString(v.Ops[rng.Intn(len(v.Ops))][0])
		}
		proof, err := proofFor(tree, v.Version, key)
		if err != nil {
			return sequence, fmt.Errorf("%s: %w", plan.name, err)
		}
		sequence.Proofs = append(sequence.Proofs, proof)
	}
	return sequence, nil
}

func iavlVectors() (any, error) {
	file := iavlFile{Made: "scripts/vectors iavl: github.com/cosmos/iavl v1.2.2, github.com/cosmos/ics23/go v0.11.0"}
	for i, plan := range iavlPlans() {
		sequence, err := iavlSequenceOf(plan, int64(i))
		if err != nil {
			return nil, err
		}
		file.Sequences = append(file.Sequences, sequence)
	}
	return file, nil
}
