package main

import (
	"math/rand"
	"strconv"

	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
)

// A validator change is [key number, power]; numbers travel as text because they are int64.
type rotationChange [2]string

type rotationStep struct {
	Changes []rotationChange `json:"changes,omitempty"`
	// The application's changes were refused and the set is as before.
	Refused bool `json:"refused,omitempty"`
	Times   int  `json:"times"`
	// [key number, power, priority] in set order after the increments.
	Set      [][3]string `json:"set"`
	Proposer string      `json:"proposer"`
}

type rotationRun struct {
	Name    string           `json:"name"`
	Initial []rotationChange `json:"initial"`
	Start   [][3]string      `json:"start"`
	Steps   []rotationStep   `json:"steps"`
}

type rotationFile struct {
	Made string `json:"made"`
	// ed25519 public keys; a key number is a position here.
	Keys []string      `json:"keys"`
	Runs []rotationRun `json:"runs"`
}

type rotationPlan struct {
	name      string
	seed      int64
	steps     int
	keys      int
	initial   int
	maxPower  int64
	changeOne int // one step in this many has changes
}

func rotationVectors() (any, error) {
	file := rotationFile{Made: "github.com/cometbft/cometbft " + version.TMCoreSemVer}
	numbers := map[string]string{}
	for i := 0; i < 24; i++ {
		key := cometKey(i).PubKey()
		file.Keys = append(file.Keys, hexOf(key.Bytes()))
		numbers[string(key.Address())] = strconv.Itoa(i)
	}
	plans := []rotationPlan{
		{"powers of a small network, with joins, leaves and refusals", 1, 1000, 24, 6, 1000, 3},
		{"one validator, then many and few again", 2, 150, 8, 1, 10, 2},
		{"powers near the cap, where priorities are rescaled", 3, 150, 10, 5, types.MaxTotalVotingPower / 8, 3},
		{"equal powers, where the address decides", 4, 60, 12, 12, 1, 1000},
	}
	for _, plan := range plans {
		file.Runs = append(file.Runs, runRotation(plan, numbers))
	}
	return file, nil
}

func flatSet(set *types.ValidatorSet, numbers map[string]string) [][3]string {
	out := [][3]string{}
	for _, v := range set.Validators {
		out = append(out, [3]string{
			numbers[string(v.Address)], strconv.FormatInt(v.VotingPower, 10), strconv.FormatInt(v.ProposerPriority, 10),
		})
	}
	return out
}

func toValidators(changes []rotationChange) []*types.Validator {
	out := []*types.Validator{}
	for _, c := range changes {
		number, _ := strconv.Atoi(c[0])
		power, _ := strconv.ParseInt(c[1], 10, 64)
		out = append(out, types.NewValidator(cometKey(number).PubKey(), power))
	}
	return out
}

// Joins, leaves, power changes, and now and then what must be refused: a repeat, a stranger's removal.
func someChanges(r *rand.Rand, plan rotationPlan) []rotationChange {
	changes := []rotationChange{}
	for _, k := range r.Perm(plan.keys)[:1+r.Intn(3)] {
		power := 1 + r.Int63n(plan.maxPower)
		if r.Intn(3) == 0 {
			power = 0
		}
		changes = append(changes, rotationChange{strconv.Itoa(k), strconv.FormatInt(power, 10)})
	}
	if r.Intn(20) == 0 {
		changes = append(changes, changes[0])
	}
	return changes
}

func runRotation(plan rotationPlan, numbers map[string]string) rotationRun {
	r := rand.New(rand.NewSource(plan.seed))
	run := rotationRun{Name: plan.name}
	for _, k := range r.Perm(plan.keys)[:plan.initial] {
		run.Initial = append(run.Initial, rotationChange{strconv.Itoa(k), strconv.FormatInt(1+r.Int63n(plan.maxPower), 10)})
	}
	set := types.NewValidatorSet(toValidators(run.Initial))
	run.Start = flatSet(set, numbers)
	for i := 0; i < plan.steps; i++ {
		step := rotationStep{Times: 1}
		next := set.Copy()
		if r.Intn(plan.changeOne) == 0 {
			step.Changes = someChanges(r, plan)
			step.Refused = next.UpdateWithChangeSet(toValidators(step.Changes)) != nil
			if step.Refused {
				next = set.Copy()
			}
		}
		if r.Intn(4) == 0 {
			step.Times = 1 + r.Intn(9)
		}
		next.IncrementProposerPriority(int32(step.Times))
		set = next
		step.Set = flatSet(set, numbers)
		step.Proposer = numbers[string(set.GetProposer().Address)]
		run.Steps = append(run.Steps, step)
	}
	return run
}
