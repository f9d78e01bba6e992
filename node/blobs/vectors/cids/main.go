// Writes the CIDs that kubo's own importer (boxo) gives for `ipfs add --cid-version 1`: raw leaves, 256 KiB chunks,
// balanced layout of width 174, sha2-256. Content of `size` bytes: byte i is (i*31 + (i>>8)*17 + (i>>16)) mod 256.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/ipfs/boxo/blockservice"
	bstore "github.com/ipfs/boxo/blockstore"
	chunk "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/exchange/offline"
	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	mh "github.com/multiformats/go-multihash"
)

type vector struct {
	Size int    `json:"size"`
	Cid  string `json:"cid"`
}

func main() {
	out := []vector{}
	for _, size := range []int{0, 1, 262143, 262144, 262145, 524288, 3000000, 174 * 262144, 174*262144 + 1} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i*31 + (i>>8)*17 + (i >> 16))
		}
		bs := bstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore()))
		dag := merkledag.NewDAGService(blockservice.New(bs, offline.Exchange(bs)))
		params := helpers.DagBuilderParams{
			Maxlinks: 174, RawLeaves: true, Dagserv: dag,
			CidBuilder: cid.V1Builder{Codec: cid.DagProtobuf, MhType: mh.SHA2_256},
		}
		db, err := params.New(chunk.NewSizeSplitter(bytes.NewReader(data), 262144))
		if err != nil {
			panic(err)
		}
		node, err := balanced.Layout(db)
		if err != nil {
			panic(err)
		}
		out = append(out, vector{size, node.Cid().String()})
	}
	text, _ := json.MarshalIndent(out, "", "  ")
	fmt.Fprintln(os.Stdout, string(text))
}
