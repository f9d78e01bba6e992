// Command vectors writes the golden files that the Go originals make. See README.md.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// A command makes one file, named relative to the repository root.
type command struct {
	file string
	make func() (any, error)
}

// Each file of this module registers its own commands in its init function.
var commands = map[string]command{}

func write(root string, c command) error {
	value, err := c.make()
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	path := filepath.Join(root, c.file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func main() {
	names := []string{}
	for name := range commands {
		names = append(names, name)
	}
	sort.Strings(names)
	if len(os.Args) < 3 {
		fmt.Fprintf(os.Stderr, "usage: go run . <repository root> all | <name>...\nnames: %v\n", names)
		os.Exit(2)
	}
	wanted := os.Args[2:]
	if wanted[0] == "all" {
		wanted = names
	}
	for _, name := range wanted {
		c, known := commands[name]
		if !known {
			fmt.Fprintf(os.Stderr, "unknown: %s; names: %v\n", name, names)
			os.Exit(2)
		}
		if err := write(os.Args[1], c); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
		fmt.Println(c.file)
	}
}
