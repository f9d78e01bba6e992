// Command rpc asks a real CometBFT node, in this process, everything that the tests of the RPC ask ours. See ../README.md.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/cometbft/cometbft/abci/example/kvstore"
	"github.com/cometbft/cometbft/crypto/tmhash"
	"github.com/cometbft/cometbft/libs/pubsub/query"
	rpctest "github.com/cometbft/cometbft/rpc/test"
	"github.com/gorilla/websocket"
)

func write(root, file string, value any, err error) {
	if err == nil {
		var text []byte
		if text, err = json.Marshal(value); err == nil {
			path := filepath.Join(root, file)
			_ = os.MkdirAll(filepath.Dir(path), 0o755)
			err = os.WriteFile(path, append(text, '\n'), 0o644)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
		os.Exit(1)
	}
	fmt.Println(file)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . <repository root>")
		os.Exit(2)
	}
	queries, err := recordQueries()
	write(os.Args[1], "node/indexer/vectors/queries.json", queries, err)
	exchanges, err := recordRPC()
	write(os.Args[1], "node/rpc/vectors/comet.json", exchanges, err)
}

// What a real node answered. Results are kept as shapes: keys and kinds of values, which no clock changes.
type exchange struct {
	Name         string            `json:"name"`
	Verb         string            `json:"verb"`
	Path         string            `json:"path"`
	Body         string            `json:"body,omitempty"`
	Status       int               `json:"status"`
	Type         string            `json:"type"`
	CacheControl string            `json:"cacheControl,omitempty"`
	Answer       any               `json:"answer,omitempty"`
	Text         string            `json:"text,omitempty"`
	Headers      map[string]string `json:"-"`
}

type frame struct {
	Sent     string `json:"sent"`
	Received any    `json:"received"`
}

var (
	wholeNumber = regexp.MustCompile(`^-?\d+$`)
	upperHex    = regexp.MustCompile(`^([0-9A-F]{2}){20,}$`)
	timestamp   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
)

func shapeOf(value any) any {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case float64:
		return "number"
	case string:
		switch {
		case wholeNumber.MatchString(v):
			return "integer text"
		case upperHex.MatchString(v):
			return "hex"
		case timestamp.MatchString(v):
			return "time"
		default:
			return "text"
		}
	case []any:
		shapes := []any{}
		if len(v) > 0 {
			shapes = append(shapes, shapeOf(v[0]))
		}
		return shapes
	case map[string]any:
		shapes := map[string]any{}
		for key, item := range v {
			shapes[key] = shapeOf(item)
		}
		return shapes
	}
	panic("no JSON")
}

// Errors stay as they are; of a result only its shape.
func summary(answer any) any {
	switch v := answer.(type) {
	case []any:
		all := []any{}
		for _, item := range v {
			all = append(all, summary(item))
		}
		return all
	case map[string]any:
		if result, has := v["result"]; has {
			v["result"] = shapeOf(result)
		}
		return v
	}
	return answer
}

func do(base string, e *exchange) error {
	request, err := http.NewRequest(e.Verb, base+e.Path, strings.NewReader(e.Body))
	if err != nil {
		return err
	}
	for key, value := range e.Headers {
		request.Header.Set(key, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	e.Status = response.StatusCode
	e.Type = response.Header.Get("Content-Type")
	e.CacheControl = response.Header.Get("Cache-Control")
	var answer any
	if json.Unmarshal(body, &answer) == nil {
		e.Answer = summary(answer)
	} else if !bytes.Contains(body, []byte("<html>")) {
		e.Text = string(body)
	}
	return nil
}

func call(method string, params string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params)
}

func posts() []exchange {
	one, none := call("health", "{}"), base64.StdEncoding.EncodeToString(make([]byte, 32))
	tx := base64.StdEncoding.EncodeToString([]byte("name=value"))
	hash := base64.StdEncoding.EncodeToString(tmhash.Sum([]byte("name=value")))
	bodies := []string{
		`{`, `[]`, `[1]`, `7`, `"text"`, `null`,
		`{"jsonrpc":"1.0","id":1,"method":"health"}`, `{"id":1,"method":"health"}`,
		`{"jsonrpc":"2.0","id":{},"method":"health"}`, `{"jsonrpc":"2.0","id":true,"method":"health"}`,
		`{"jsonrpc":"2.0","id":1.5,"method":"health"}`, `{"jsonrpc":"2.0","id":"a","method":"health"}`,
		`{"jsonrpc":"2.0","id":null,"method":"health"}`, `{"jsonrpc":"2.0","method":"health"}`,
		`{"jsonrpc":"2.0","id":1}`, `{"jsonrpc":"2.0","id":1,"method":7}`,
		"[" + one + "]", "[" + one + "," + call("nothing", "{}") + "]",
		`[{"jsonrpc":"2.0","method":"health"},` + one + `]`, `[{"jsonrpc":"2.0","method":"health"}]`,
		"[" + strings.Repeat(one+",", 3) + one + "]",
		call("nothing", "{}"), call("subscribe", `{"query":"tm.event='Tx'"}`), call("Health", "{}"),
		call("health", `"text"`), call("health", "7"), call("health", "null"), call("health", "[]"), call("health", `{"unknown":1}`),
		call("block", `["1","2"]`), call("block", "[]"), call("block", `["1"]`), call("block", "[null]"), call("block", `{"height":null}`),
		call("block", `{"height":"x"}`), call("block", `{"height":1}`), call("block", `{"height":1.5}`), call("block", `{"height":true}`),
		call("block", `{"height":""}`), call("block", `{"height":"0"}`), call("block", `{"height":"-1"}`), call("block", `{"height":"999"}`),
		call("block", `{"height":"9223372036854775807"}`), call("block", `{"height":"9223372036854775808"}`), call("block", `{"height":"01"}`),
		call("header", `{"height":"0"}`), call("commit", `{"height":"999"}`), call("block_results", `{"height":"999"}`),
		call("block_by_hash", `{"hash":"`+none+`"}`), call("block_by_hash", `{"hash":"!"}`), call("block_by_hash", `{}`),
		call("header_by_hash", `{"hash":"00"}`), call("header_by_hash", `{"hash":"zz"}`), call("header_by_hash", `{}`),
		call("validators", `{"height":"999"}`), call("validators", `{"page":"0"}`), call("validators", `{"page":"2"}`), call("validators", `{"page":"-3"}`),
		call("validators", `{"per_page":"0"}`), call("validators", `{"per_page":"1000"}`),
		call("consensus_params", `{"height":"999"}`), call("consensus_params", `{"height":"0"}`),
		call("blockchain", `{"minHeight":"3","maxHeight":"2"}`), call("blockchain", `{"minHeight":"-1","maxHeight":"2"}`),
		call("blockchain", `{"minHeight":"998","maxHeight":"999"}`),
		call("tx", `{"hash":"`+none+`"}`), call("tx", `{"hash":"AAAA"}`), call("tx", `{}`), call("tx", `{"hash":"`+hash+`","prove":"yes"}`),
		call("tx_search", `{"query":"tx.height=2","page":"0"}`), call("tx_search", `{"query":"tx.height=2","page":"2"}`),
		call("tx_search", `{"query":"tx.height=2","order_by":"up"}`), call("tx_search", `{"query":"tx.height=2","order_by":""}`),
		call("tx_search", `{"query":"tx.height=2","per_page":"0"}`), call("tx_search", `{"query":"tx.height=99"}`),
		call("tx_search", `{"query":""}`), call("tx_search", `{"query":"tx.height"}`), call("tx_search", `{"query":"tx.height>'2'"}`),
		call("tx_search", `{"query":"tx.height=2 OR tx.height=3"}`), call("tx_search", `{"query":"`+strings.Repeat("a", 513)+`"}`),
		call("tx_search", `{"query":"tx.hash='00'"}`), call("tx_search", `{"query":"tx.hash='zz'"}`), call("tx_search", `{}`),
		call("block_search", `{"query":"block.height=2","page":"2"}`), call("block_search", `{"query":"block.height=2","order_by":"up"}`),
		call("block_search", `{"query":"?"}`), call("block_search", `{"query":"block.height>99"}`),
		call("broadcast_tx_sync", `{"tx":"`+tx+`"}`), call("broadcast_tx_async", `{"tx":"`+tx+`"}`), call("broadcast_tx_commit", `{"tx":"`+tx+`"}`),
		call("broadcast_tx_sync", `{"tx":"!"}`), call("broadcast_tx_sync", `{"tx":"AAAA"}`),
		call("broadcast_tx_sync", `{"tx":"`+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 2_000))+`"}`),
		call("check_tx", `{"tx":"AAAA"}`), call("unconfirmed_txs", `{"limit":"0"}`), call("unconfirmed_txs", `{"limit":"-1"}`),
		call("genesis_chunked", `{"chunk":"5"}`), call("genesis_chunked", `{"chunk":"-1"}`), call("genesis_chunked", `{}`),
		call("abci_query", `{"path":"/x","data":"zz"}`), call("abci_query", `{"path":7}`), call("abci_query", `{"prove":"true"}`),
		call("broadcast_evidence", `{}`), call("broadcast_evidence", `{"evidence":null}`), call("broadcast_evidence", `{"evidence":"text"}`),
		call("broadcast_evidence", `{"evidence":{"type":"tendermint/Nothing","value":{}}}`),
		call("broadcast_evidence", `{"evidence":{"type":"tendermint/DuplicateVoteEvidence","value":{}}}`),
		strings.Repeat("x", 6_000), "",
	}
	all := []exchange{}
	for _, body := range bodies {
		name := body
		if len(name) > 110 {
			name = fmt.Sprintf("%s... (%d characters)", name[:80], len(name))
		}
		all = append(all, exchange{Name: "POST " + name, Verb: "POST", Path: "/", Body: body})
	}
	all = append(all,
		exchange{Name: "POST /status", Verb: "POST", Path: "/status"},
		exchange{Name: "POST /nowhere", Verb: "POST", Path: "/nowhere", Body: one})
	return all
}

func gets() []exchange {
	hash := hex.EncodeToString(tmhash.Sum([]byte("name=value")))
	q := url.QueryEscape
	paths := []string{
		"/", "/nowhere", "/status", "/v1/status", "/status/", "/health?x=1", "/subscribe?query=" + q(`"tm.event='Tx'"`), "/unsubscribe_all",
		"/block?height=1", "/block?height=" + q(`"1"`), "/block?height=", "/block?height=0", "/block?height=abc", "/block?height=0x1",
		"/block?height=1.5", "/block?height=999", "/block?height=" + q(`"x"`), "/block?height=1&height=2", "/block?HEIGHT=1",
		"/tx?hash=0x" + hash, "/tx?hash=0X" + strings.ToUpper(hash), "/tx?hash=" + hash, "/tx?hash=0xzz", "/tx?hash=0xabc", "/tx?hash=" + q(`"abc"`), "/tx", "/tx?hash=0x" + hash + "&prove=true",
		"/tx?hash=0x" + hash + "&prove=1", "/tx?hash=0x" + hash + "&prove=" + q(`"true"`),
		"/tx_search?query=" + q(`"tx.height=2"`), "/tx_search?query=tx.height=2", "/tx_search?query=0x" + hex.EncodeToString([]byte("tx.height=2")),
		"/tx_search?query=" + q(`"tx.height=2"`) + "&order_by=desc", "/tx_search?query=" + q(`"tx.height=2"`) + "&order_by=" + q(`"desc"`),
		"/abci_query?path=" + q(`"/key"`) + "&data=0x6e616d65", "/abci_query?path=" + q(`"/key"`) + "&data=" + q(`"name"`), "/abci_query?path=/key",
		"/abci_query?data=616263", "/broadcast_tx_sync?tx=" + q(`"bad"`), "/broadcast_tx_sync?tx=bad", "/broadcast_tx_sync?tx=0x626164", "/broadcast_tx_sync",
		"/header_by_hash?hash=0x00", "/header_by_hash?hash=" + q(`"00"`), "/header_by_hash?hash=00", "/block_by_hash?hash=0x00",
		"/genesis_chunked?chunk=0", "/genesis_chunked?chunk=-1", "/genesis_chunked?chunk=1", "/broadcast_evidence", "/check_tx?tx=" + q(`"bad"`),
	}
	all := []exchange{}
	for _, path := range paths {
		all = append(all, exchange{Name: "GET " + path, Verb: "GET", Path: path})
	}
	for _, verb := range []string{"HEAD", "PUT", "DELETE"} {
		all = append(all, exchange{Name: verb + " /status", Verb: verb, Path: "/status"}, exchange{Name: verb + " /", Verb: verb, Path: "/"})
	}
	return all
}

// Every method once, where it succeeds.
func successes() []exchange {
	hash := tmhash.Sum([]byte("name=value"))
	named := []string{
		call("health", "{}"), call("status", "{}"), call("net_info", "{}"), call("genesis", "{}"), call("genesis_chunked", `{"chunk":"0"}`),
		call("block", `{"height":"1"}`), call("block", `{"height":"2"}`), call("block", "{}"), call("block_results", `{"height":"1"}`), call("block_results", `{"height":"2"}`),
		call("commit", `{"height":"1"}`), call("commit", "{}"), call("header", `{"height":"2"}`), call("validators", "{}"), call("validators", `{"height":"2","page":"1","per_page":"50"}`),
		call("consensus_params", "{}"), call("consensus_state", "{}"), call("dump_consensus_state", "{}"), call("blockchain", `{"minHeight":"0","maxHeight":"0"}`),
		call("blockchain", `["1","2"]`), call("tx", `{"hash":"`+base64.StdEncoding.EncodeToString(hash)+`","prove":true}`), call("tx", `{"hash":"`+base64.StdEncoding.EncodeToString(hash)+`"}`),
		call("tx_search", `{"query":"tx.height=2"}`), call("tx_search", `{"query":"tx.height=2","prove":true,"page":"1","per_page":"1","order_by":"desc"}`),
		call("tx_search", fmt.Sprintf(`{"query":"tx.hash='%X'"}`, hash)), call("block_search", `{"query":"block.height=2"}`),
		call("num_unconfirmed_txs", "{}"), call("unconfirmed_txs", "{}"), call("abci_info", "{}"), call("abci_query", `{"path":"/key","data":"6e616d65"}`),
		call("abci_query", `["","6e616d65","0",false]`), call("check_tx", `{"tx":"`+base64.StdEncoding.EncodeToString([]byte("b=1"))+`"}`),
	}
	all := []exchange{}
	for _, body := range named {
		all = append(all, exchange{Name: "POST " + body, Verb: "POST", Path: "/", Body: body})
	}
	return all
}

func socketFrames(address string) ([]frame, error) {
	socket, _, err := websocket.DefaultDialer.Dial(strings.Replace(address, "http", "ws", 1)+"/websocket", nil)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	sent := []string{
		`{`, `[]`, "[" + call("health", "{}") + "]", `{"jsonrpc":"2.0","method":"health"}`, call("health", "{}"), call("nothing", "{}"), call("block", `{"height":"999"}`), call("block", `{"height":"x"}`),
		call("subscribe", `{"query":"oops"}`), call("subscribe", `{}`), call("subscribe", `["tm.event='NewBlock'"]`), call("subscribe", `["tm.event='NewBlock'"]`),
		call("subscribe", `["tm.event = 'NewBlock'"]`), call("subscribe", `{"query":"tm.event='Tx'","page":"1","per_page":"1","order_by":"asc"}`),
		call("subscribe", `["tm.event='Vote'"]`), call("subscribe", `["`+strings.Repeat("a", 513)+`"]`), call("unsubscribe", `["tm.event='Lock'"]`), call("unsubscribe", `["oops"]`),
		call("unsubscribe", `["tm.event = 'NewBlock'"]`), call("unsubscribe_all", "{}"), call("unsubscribe_all", "[]"), call("unsubscribe", `["tm.event='Tx'"]`),
	}
	frames := []frame{}
	for _, text := range sent {
		if err := socket.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			return nil, err
		}
		_ = socket.SetReadDeadline(time.Now().Add(20 * time.Second))
		if !strings.Contains(text, `"id"`) && strings.HasPrefix(text, `{"`) {
			frames = append(frames, frame{text, nil})
			continue
		}
		_, message, err := socket.ReadMessage()
		if err != nil {
			return nil, err
		}
		var answer any
		if err := json.Unmarshal(message, &answer); err != nil {
			return nil, err
		}
		frames = append(frames, frame{text, summary(answer)})
	}
	return frames, nil
}

// The frames of one transaction, as shapes, in the order in which they come.
func eventFrames(address string) (map[string]any, error) {
	socket, _, err := websocket.DefaultDialer.Dial(strings.Replace(address, "http", "ws", 1)+"/websocket", nil)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	seen := map[string]any{}
	for _, name := range []string{"NewBlock", "NewBlockHeader"} {
		if err := socket.WriteMessage(websocket.TextMessage, []byte(call("subscribe", `["tm.event='`+name+`'"]`))); err != nil {
			return nil, err
		}
	}
	second, _, err := websocket.DefaultDialer.Dial(strings.Replace(address, "http", "ws", 1)+"/websocket", nil)
	if err != nil {
		return nil, err
	}
	defer second.Close()
	for _, name := range []string{"NewBlockEvents", "Tx"} {
		if err := second.WriteMessage(websocket.TextMessage, []byte(call("subscribe", `["tm.event='`+name+`'"]`))); err != nil {
			return nil, err
		}
	}
	body := call("broadcast_tx_sync", `{"tx":"`+base64.StdEncoding.EncodeToString([]byte("second=thing"))+`"}`)
	response, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	response.Body.Close()
	for _, s := range []*websocket.Conn{socket, second} {
		for n := 0; n < 4; n++ {
			_ = s.SetReadDeadline(time.Now().Add(20 * time.Second))
			var answer struct {
				Result map[string]any `json:"result"`
			}
			if err := s.ReadJSON(&answer); err != nil {
				return nil, err
			}
			if data, has := answer.Result["data"].(map[string]any); has {
				delete(answer.Result, "events")
				seen[data["type"].(string)] = shapeOf(answer.Result)
			}
		}
	}
	return seen, nil
}

func latest(address string) (string, error) {
	response, err := http.Get(address + "/status")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer struct {
		Result struct {
			SyncInfo struct {
				Height string `json:"latest_block_height"`
			} `json:"sync_info"`
		} `json:"result"`
	}
	err = json.NewDecoder(response.Body).Decode(&answer)
	return answer.Result.SyncInfo.Height, err
}

// A kvstore chain that stops by itself once its one transaction is in: block 1 is the first, the transaction stands in block 2.
func recordRPC() (any, error) {
	config := rpctest.GetConfig(true)
	config.Consensus.CreateEmptyBlocks = false
	config.Mempool.MaxTxBytes = 1_000
	config.RPC.MaxBodyBytes = 5_000
	config.RPC.MaxRequestBatchSize = 3
	config.RPC.MaxSubscriptionsPerClient = 2
	node := rpctest.StartTendermint(kvstore.NewInMemoryApplication(), rpctest.SuppressStdout)
	defer rpctest.StopTendermint(node)
	address := strings.Replace(config.RPC.ListenAddress, "tcp", "http", 1)
	body := call("broadcast_tx_commit", `{"tx":"`+base64.StdEncoding.EncodeToString([]byte("name=value"))+`"}`)
	first := exchange{Name: "broadcast_tx_commit", Verb: "POST", Path: "/", Body: body}
	if err := do(address, &first); err != nil {
		return nil, err
	}
	for before := ""; ; {
		time.Sleep(3 * time.Second)
		height, err := latest(address)
		if err != nil {
			return nil, err
		}
		if height == before {
			break
		}
		before = height
	}
	height, err := latest(address)
	if err != nil {
		return nil, err
	}
	groups := map[string][]exchange{"edges": append(posts(), gets()...), "successes": successes()}
	for _, group := range groups {
		for i := range group {
			if err := do(address, &group[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", group[i].Name, err)
			}
		}
	}
	groups["successes"] = append(groups["successes"], first)
	frames, err := socketFrames(address)
	if err != nil {
		return nil, err
	}
	events, err := eventFrames(address)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "recorded at height", height)
	return map[string]any{
		"height": height, "tx": "name=value", "edges": groups["edges"], "successes": groups["successes"], "socket": frames, "events": events,
	}, nil
}

// Queries, what the parser says of them, and which of the event maps they match.
func recordQueries() (any, error) {
	texts := []string{
		"", " ", "a", "a.b", "a=", "a='b'", "a = 'b'", "a='b", "a=''", "a='it''s'", "a=\"b\"", "a=1", "a=1.", "a=1.5", "a=-1", "a=.5", "a=01", "a=1e5", "a=1 ", "a=5atom",
		"a<1", "a<=1", "a>1", "a>=1", "a=>1", "a==1", "a!=1", "a<'1'", "a>'x'", "a<>1", "a < = 1", "a EXISTS", "a EXISTS 'b'", "a exists", "a EXISTSb", "EXISTS EXISTS",
		"a CONTAINS 'b'", "a CONTAINS b", "a CONTAINS 1", "a CONTAINS", "a contains 'b'", "a='b' AND", "AND a='b'", "a='b' AND c='d'", "a='b' and c='d'", "a='b'AND c='d'",
		"a='b' ANDc='d'", "a='b' OR c='d'", "(a='b')", "a='b' AND (c=1)", "NOT a=1", "a='b' c='d'", "a=DATE 2024-01-02", "a=DATE 2024-13-02", "a=DATE 1024-01-02", "a=DATE2024-01-02",
		"a=DATE  2024-01-02", "a=TIME 2024-01-02T03:04:05Z", "a=TIME 2024-01-02T03:04:05+01:00", "a=TIME 2024-01-02", "a=TIME 3024-01-02T03:04:05Z", "a=TIME 2024-01-02T03:04:05.5Z",
		"a>=DATE 2024-01-02", "a CONTAINS DATE 2024-01-02", "TIME=1", "DATE EXISTS", "a-b.c_d=1", "-a=1", "_a=1", "1a=1", "a/b=1", "a:b=1", "é=1", "a=\t1", "a\n=\n1", "a='b\nc'", "a=1 AND b=2 AND c>3",
		"tm.event='Tx' AND tx.height>5", "transfer.amount>=10", "transfer.amount=10", "transfer EXISTS", "transfer.amount EXISTS", "transfer.to CONTAINS 'nn'", "transfer.when>DATE 2024-01-01",
		"transfer.when=TIME 2024-01-02T03:04:05Z", "transfer.big>100000000000000000000", "transfer.big=100000000000000000001", "transfer.ratio<0.5", "transfer.ratio=0.25", "transfer.to='ann' AND transfer.amount=9",
		"transfer", "transfer.missing EXISTS", "transfer.to > 5", "tx.height = 7", "tx.height < 7", "tx.height <= 7", "tx.hash='AB'", "transfer.day=DATE 2024-01-02", "transfer.day<TIME 2024-01-02T03:04:05Z",
	}
	events := []map[string][]string{
		{"tm.event": {"Tx"}, "tx.height": {"7"}, "tx.hash": {"AB"}, "transfer.to": {"ann", "bob"}, "transfer.amount": {"10uatom", "9uatom"}},
		{"tm.event": {"NewBlock"}, "transfer.when": {"2024-01-02T03:04:05Z"}, "transfer.day": {"2024-01-02"}, "transfer.big": {"100000000000000000001"}, "transfer.ratio": {"0.25"}},
		{"tm.event": {"Vote"}},
	}
	type verdict struct {
		Query   string `json:"query"`
		Error   string `json:"error,omitempty"`
		Matches []bool `json:"matches,omitempty"`
	}
	verdicts := []verdict{}
	for _, text := range texts {
		v := verdict{Query: text}
		q, err := query.New(text)
		if err != nil {
			v.Error = err.Error()
		} else {
			for _, e := range events {
				does, err := q.Matches(e)
				if err != nil {
					return nil, err
				}
				v.Matches = append(v.Matches, does)
			}
		}
		verdicts = append(verdicts, v)
	}
	return map[string]any{"events": events, "verdicts": verdicts}, nil
}
