/** The page of handler.ts: plain HTML, so that it needs no build and can be read by whoever is asked to trust it. */

export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OpenLedger: add this chain to your wallet</title>
<link rel="icon" type="image/svg+xml" href="/wallet/logo.svg">
<link rel="stylesheet" href="/wallet/page.css">
</head>
<body>
<main>
<h1 id="name">OpenLedger</h1>
<p>Add this chain to a wallet, and see what your account holds. Nothing is signed and nothing is sent.</p>
<dl>
<div><dt>Chain id</dt><dd id="chain-id">…</dd></div>
<div><dt>Latest block</dt><dd id="height">…</dd></div>
<div><dt>RPC</dt><dd id="rpc">…</dd></div>
<div><dt>REST</dt><dd id="rest">…</dd></div>
<div><dt>Gas price</dt><dd id="gas">…</dd></div>
</dl>
<p class="wallets">
<button type="button" id="add-keplr">Add to Keplr</button>
<button type="button" id="add-leap">Add to Leap</button>
</p>
<p id="status" role="status" aria-live="polite"></p>
<section id="account" hidden>
<h2>Your account</h2>
<dl>
<div><dt>Address</dt><dd id="address"></dd></div>
<div><dt>Balance</dt><dd id="balance"></dd></div>
</dl>
</section>
<p class="small">The chain as wallets take it: <a href="/wallet/keplr.json">keplr.json</a>; as ping.pub does: <a href="/wallet/ping-pub.json">ping-pub.json</a>.</p>
</main>
<script type="module" src="/wallet/page.js"></script>
</body>
</html>
`;

export const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 2rem 1rem; }
main { max-width: 40rem; margin: 0 auto; }
h1 { margin: 0 0 .5rem; }
dl { display: grid; gap: .25rem; margin: 1.5rem 0; }
dl div { display: grid; grid-template-columns: 8rem 1fr; gap: 1rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
button { font: inherit; padding: .5rem 1rem; border-radius: .5rem; border: 1px solid currentColor; background: transparent; color: inherit; cursor: pointer; }
button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
button:disabled { opacity: .5; cursor: wait; }
.wallets { display: flex; flex-wrap: wrap; gap: .75rem; }
#status { min-height: 1.5em; }
#status.error { color: #b3261e; }
@media (prefers-color-scheme: dark) { #status.error { color: #ffb4ab; } }
.small { font-size: .875rem; opacity: .8; }
`;

export const SCRIPT = `const MINUTE = 60000;
const at = (id) => document.getElementById(id);
const show = (id, text) => { at(id).textContent = text; };

function say(text, isError = false) {
  show("status", text);
  at("status").className = isError ? "error" : "";
}

async function read(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error("the node answered " + response.status + " to " + path);
  return response.json();
}

/** uopen to OPEN, without floats. */
function open(amount) {
  const digits = amount.padStart(7, "0");
  const whole = digits.slice(0, -6).replace(/\\B(?=(\\d{3})+$)/g, ",");
  const fraction = digits.slice(-6).replace(/0+$/, "");
  return whole + (fraction === "" ? "" : "." + fraction) + " OPEN";
}

const chain = await read("/wallet/keplr.json");
show("name", chain.chainName);
show("chain-id", chain.chainId);
show("rpc", chain.rpc);
show("rest", chain.rest);
show("gas", chain.feeCurrencies[0].gasPriceStep.low + " uopen per unit of gas");

async function refreshHeight() {
  try {
    const { block } = await read("/cosmos/base/tendermint/v1beta1/blocks/latest");
    show("height", Number(block.header.height).toLocaleString("en") + ", " + new Date(block.header.time).toLocaleString());
  } catch (error) {
    show("height", "unknown: " + error.message);
  }
}
await refreshHeight();
setInterval(refreshHeight, MINUTE / 10);

async function showAccount(wallet) {
  const { bech32Address } = await wallet.getKey(chain.chainId);
  show("address", bech32Address);
  at("account").hidden = false;
  const { balance } = await read("/cosmos/bank/v1beta1/balances/" + bech32Address + "/by_denom?denom=uopen");
  show("balance", open(balance.amount));
}

/** Wallets put their object into the page a moment after it loads. */
async function find(name) {
  for (let tries = 0; tries < 20 && window[name] === undefined; tries++) await new Promise((done) => setTimeout(done, 100));
  return window[name];
}

async function add(name, title, link) {
  const wallet = await find(name);
  if (wallet === undefined) return say(title + " is not in this browser. Get it at " + link + ", then load this page again.", true);
  say("Waiting for " + title + "\\u2026");
  await wallet.experimentalSuggestChain(chain);
  await wallet.enable(chain.chainId);
  await showAccount(wallet);
  say(chain.chainName + " is in " + title + ".");
}

function offer(name, title, link) {
  // Not the wallet's own name: an element's id is a property of window too.
  const button = at("add-" + name);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await add(name, title, link);
    } catch (error) {
      say(title + ": " + (error?.message ?? error), true);
    } finally {
      button.disabled = false;
    }
  });
}

offer("keplr", "Keplr", "https://www.keplr.app");
offer("leap", "Leap", "https://www.leapwallet.io");
document.body.dataset.ready = "yes";
`;

/** Three rows of a ledger, the second one answered. */
export const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="OpenLedger"><rect width="64" height="64" rx="14" fill="#2f5fd0"/><g fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"><path d="M16 20h32M16 44h20"/><path d="M16 32h14l5 5 11-11" stroke-linejoin="round"/></g></svg>
`;
