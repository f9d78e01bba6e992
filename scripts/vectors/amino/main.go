// Command amino reads messages and transactions from standard input and writes them again with the amino JSON and the
// sign bytes that the SDK's x/tx makes of them. See ../README.md.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"os"

	_ "cosmossdk.io/api/cosmos/auth/v1beta1"
	_ "cosmossdk.io/api/cosmos/authz/v1beta1"
	_ "cosmossdk.io/api/cosmos/bank/v1beta1"
	_ "cosmossdk.io/api/cosmos/consensus/v1"
	_ "cosmossdk.io/api/cosmos/crypto/ed25519"
	_ "cosmossdk.io/api/cosmos/crypto/multisig"
	_ "cosmossdk.io/api/cosmos/crypto/secp256k1"
	_ "cosmossdk.io/api/cosmos/distribution/v1beta1"
	_ "cosmossdk.io/api/cosmos/evidence/v1beta1"
	_ "cosmossdk.io/api/cosmos/feegrant/v1beta1"
	_ "cosmossdk.io/api/cosmos/gov/v1"
	_ "cosmossdk.io/api/cosmos/gov/v1beta1"
	_ "cosmossdk.io/api/cosmos/mint/v1beta1"
	_ "cosmossdk.io/api/cosmos/params/v1beta1"
	_ "cosmossdk.io/api/cosmos/slashing/v1beta1"
	_ "cosmossdk.io/api/cosmos/staking/v1beta1"
	txv1beta1 "cosmossdk.io/api/cosmos/tx/v1beta1"
	_ "cosmossdk.io/api/cosmos/upgrade/v1beta1"
	_ "cosmossdk.io/api/cosmos/vesting/v1beta1"
	"cosmossdk.io/x/tx/signing"
	"cosmossdk.io/x/tx/signing/aminojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/anypb"
)

// A message behind its type URL; Amino stays empty where the SDK refuses it.
type message struct {
	TypeURL string `json:"type_url"`
	Value   string `json:"value"`
	Amino   string `json:"amino"`
}

// A transaction and what one signer signs of it.
type transaction struct {
	Body          string `json:"body"`
	AuthInfo      string `json:"auth_info"`
	ChainID       string `json:"chain_id"`
	AccountNumber uint64 `json:"account_number"`
	Sequence      uint64 `json:"sequence"`
	SignBytes     string `json:"sign_bytes"`
}

type file struct {
	Messages     []message     `json:"messages"`
	Transactions []transaction `json:"transactions"`
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func (m *message) fill(encoder aminojson.Encoder) {
	any := &anypb.Any{TypeUrl: m.TypeURL, Value: must(hex.DecodeString(m.Value))}
	text, err := encoder.Marshal(any)
	if err == nil {
		m.Amino = string(text)
	}
}

func (t *transaction) fill(handler *aminojson.SignModeHandler) {
	data := signing.TxData{
		Body:          &txv1beta1.TxBody{},
		AuthInfo:      &txv1beta1.AuthInfo{},
		BodyBytes:     must(hex.DecodeString(t.Body)),
		AuthInfoBytes: must(hex.DecodeString(t.AuthInfo)),
	}
	if err := proto.Unmarshal(data.BodyBytes, data.Body); err != nil {
		panic(err)
	}
	if err := proto.Unmarshal(data.AuthInfoBytes, data.AuthInfo); err != nil {
		panic(err)
	}
	signer := signing.SignerData{
		Address: "signer", ChainID: t.ChainID, AccountNumber: t.AccountNumber, Sequence: t.Sequence,
	}
	bytes, err := handler.GetSignBytes(context.Background(), signer, data)
	if err == nil {
		t.SignBytes = string(bytes)
	}
}

func main() {
	var given file
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	options := aminojson.EncoderOptions{
		FileResolver: protoregistry.GlobalFiles, TypeResolver: protoregistry.GlobalTypes,
	}
	encoder := aminojson.NewEncoder(options)
	handler := aminojson.NewSignModeHandler(aminojson.SignModeHandlerOptions{
		FileResolver: protoregistry.GlobalFiles, TypeResolver: protoregistry.GlobalTypes,
	})
	for i := range given.Messages {
		given.Messages[i].fill(encoder)
	}
	for i := range given.Transactions {
		given.Transactions[i].fill(handler)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	if err := out.Encode(given); err != nil {
		panic(err)
	}
}
