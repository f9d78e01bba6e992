// The same work as bench/iavl.ts on cosmos/iavl v1, for comparison: CPU microseconds per write of the tree, batch by
// batch, in memory. Run by hand: cd bench/go && go run . [leaves=100000] [batch=4000] [rounds=8]
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sort"
	"strconv"
	"syscall"

	"cosmossdk.io/log"
	"github.com/cosmos/iavl"
	dbm "github.com/cosmos/iavl/db"
)

func argument(i, fallback int) int {
	if len(os.Args) <= i {
		return fallback
	}
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		panic(err)
	}
	return n
}

func keyOf(n int) []byte {
	sum := sha256.Sum256([]byte(strconv.Itoa(n)))
	return sum[:27]
}

func cpuMicros() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	micros := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e6 + float64(t.Usec) }
	return micros(usage.Utime) + micros(usage.Stime)
}

func median(values []float64) float64 {
	sort.Float64s(values)
	return values[len(values)/2]
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

type timing struct{ set, hash, save float64 }

// commit sets the keys in sorted order, hashes, and saves a version.
func commit(tree *iavl.MutableTree, keys [][]byte, value []byte) timing {
	sort.Slice(keys, func(a, b int) bool { return string(keys[a]) < string(keys[b]) })
	start := cpuMicros()
	for _, key := range keys {
		_, err := tree.Set(key, value)
		must(err)
	}
	set := cpuMicros()
	tree.WorkingHash()
	hashed := cpuMicros()
	_, _, err := tree.SaveVersion()
	must(err)
	n := float64(len(keys))
	return timing{(set - start) / n, (hashed - set) / n, (cpuMicros() - hashed) / n}
}

func run(fast bool, leaves, batch, rounds int) {
	tree := iavl.NewMutableTree(dbm.NewMemDB(), leaves*4, !fast, log.NewNopLogger())
	keys := make([][]byte, leaves)
	for n := range keys {
		keys[n] = keyOf(n)
	}
	build := commit(tree, append([][]byte(nil), keys...), []byte("0"))
	state := uint32(1)
	next := func() int {
		state = state*1_103_515_245 + 12_345
		return int(state>>8) % leaves
	}
	var sets, hashes, saves []float64
	for round := 0; round < rounds; round++ {
		picked := map[int]bool{}
		var changes [][]byte
		for i := 0; i < batch; i++ {
			if n := next(); !picked[n] {
				picked[n] = true
				changes = append(changes, keys[n])
			}
		}
		t := commit(tree, changes, []byte(strconv.Itoa(round)))
		sets, hashes, saves = append(sets, t.set), append(hashes, t.hash), append(saves, t.save)
	}
	start := cpuMicros()
	for i := 0; i < 200_000; i++ {
		_, err := tree.Get(keys[next()])
		must(err)
	}
	get := (cpuMicros() - start) / 200_000
	fmt.Printf("fast nodes %v: build set %.1f hash %.1f save %.1f; batch set %.1f hash %.1f save %.1f us/leaf; get %.2f us\n",
		fast, build.set, build.hash, build.save, median(sets), median(hashes), median(saves), get)
}

func main() {
	leaves, batch, rounds := argument(1, 100_000), argument(2, 4_000), argument(3, 8)
	run(false, leaves, batch, rounds)
	run(true, leaves, batch, rounds)
}
