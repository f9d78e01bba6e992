// Command armor writes node/keyring/vectors/armor.json with the Cosmos SDK itself, and opens what openledgerd exports:
// in an empty folder with this file,
//
//	go mod init armor && go get github.com/cosmos/cosmos-sdk@v0.50.13 && go mod tidy
//	go run . > armor.json          # the vectors
//	go run . FILE PASSPHRASE       # the key in a file of `openledgerd keys export`
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/cosmos/cosmos-sdk/crypto"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
)

// With two arguments (file, passphrase): opens an armor that another program wrote and prints the key in hex.
func main() {
	if len(os.Args) == 3 {
		text, err := os.ReadFile(os.Args[1])
		if err != nil { panic(err) }
		key, algo, err := crypto.UnarmorDecryptPrivKey(string(text), os.Args[2])
		if err != nil { panic(err) }
		fmt.Println(algo, hex.EncodeToString(key.Bytes()))
		return
	}
	var out []map[string]string
	for i, pass := range []string{"a long passphrase", "pässwörter 8", "12345678"} {
		raw := make([]byte, 32)
		for j := range raw { raw[j] = byte(i*32 + j + 1) }
		key := &secp256k1.PrivKey{Key: raw}
		out = append(out, map[string]string{
			"secret_hex": hex.EncodeToString(raw), "passphrase": pass,
			"armor": crypto.EncryptArmorPrivKey(key, pass, "secp256k1"),
		})
	}
	b, _ := json.MarshalIndent(map[string]any{"source": "cosmos-sdk v0.50.13 crypto.EncryptArmorPrivKey", "cases": out}, "", "  ")
	fmt.Println(string(b))
}
