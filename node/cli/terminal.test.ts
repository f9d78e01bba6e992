import { spawnSync } from "node:child_process";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import { EdgeFailure } from "../errors.js";
import { askPassphrase } from "./passphrase.js";
import { confirm, createTerminal } from "./terminal.js";
import type { Terminal } from "./terminal.js";
import { createTestDaemon } from "./testkit/daemon.js";

interface Typed {
  readonly terminal: Terminal;
  readonly input: PassThrough;
  /** What stands on the screen. */
  said(): string;
  readonly modes: readonly boolean[];
}

function typing(isTTY: boolean): Typed {
  const modes: boolean[] = [];
  const input = new PassThrough();
  const errors = new PassThrough();
  let screen = "";
  errors.on("data", (bytes: Buffer) => (screen += bytes.toString()));
  const tty = Object.assign(input, {
    isTTY,
    unref: () => input,
    setRawMode: (mode: boolean) => {
      modes.push(mode);
      return input;
    },
  });
  return { terminal: createTerminal(tty as unknown as NodeJS.ReadStream, new PassThrough(), errors), input, said: () => screen, modes };
}

async function complaint(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error: unknown) => (error instanceof EdgeFailure ? `${error.code}: ${error.message}` : String(error)),
  );
}

describe("the terminal", () => {
  it("gives a script's lines one by one, whatever the pieces they come in", async () => {
    const { terminal, input, said } = typing(false);
    input.write("fir");
    input.write("st\r\nsecond\nÄ");
    input.end();
    expect(await terminal.line("? ")).to.equal("first");
    expect(await terminal.secret("? ")).to.equal("second");
    expect(await terminal.line("? ")).to.equal("Ä");
    expect(await complaint(terminal.line("? "))).to.contain("aborted: the input ended");
    expect(said()).to.equal("");
  });

  it("reads no more of an endless stream than it is asked for", async () => {
    const { terminal, input } = typing(false);
    input.write("pass\n".repeat(3));
    expect([await terminal.secret(""), await terminal.secret("")]).to.deep.equal(["pass", "pass"]);
    expect(input.isPaused()).to.equal(true);
  });

  it("asks a person, hides what is typed, and lets them erase", async () => {
    const { terminal, input, said, modes } = typing(true);
    const answer = terminal.secret("Passphrase: ");
    input.write("wro\u007f\u007f\u007fright ä\bö\r");
    expect(await answer).to.equal("right ö");
    expect(said()).to.equal("Passphrase: \n");
    expect(modes).to.deep.equal([true, false]);
  });

  it("gives the terminal back when a person interrupts", async () => {
    const { terminal, input, modes } = typing(true);
    const answer = complaint(terminal.secret("? "));
    input.write("abc\u0003");
    expect(await answer).to.contain("aborted");
    expect(modes).to.deep.equal([true, false]);
  });

  it("refuses a line without end", async () => {
    const { terminal, input } = typing(false);
    const answer = complaint(terminal.line(""));
    input.write("x".repeat(70_000));
    expect(await answer).to.contain("too-large");
  });

  it("takes only yes for yes", async () => {
    const { terminal, input } = typing(false);
    input.end("y\nYES\n\nno\nyeah\n");
    const answers = [];
    for (let i = 0; i < 5; i += 1) answers.push(await confirm(terminal, "sure?"));
    expect(answers).to.deep.equal([true, true, false, false, false]);
  });

  it("counts the attempts at a passphrase, and asks twice for a new one", async () => {
    const { terminal, input, said } = typing(true);
    const ask = askPassphrase(terminal, 3);
    input.write("long enough\rlong enough\r");
    expect(await ask(true)).to.equal("long enough");
    input.write("again\r");
    expect(await ask(false)).to.equal("again");
    expect(said()).to.equal("Enter keyring passphrase (attempt 1/3): \nRe-enter keyring passphrase: \nEnter keyring passphrase (attempt 2/3): \n");
  });
});

describe("openledgerd at a terminal of the operating system", function () {
  this.timeout(120_000);

  before(function () {
    if (spawnSync("python3", ["-c", "import pty"]).status === 0) return;
    process.stdout.write("      skipped: python3, whose pty module opens a terminal, is not installed\n");
    this.skip();
  });

  it("tells a person in two lines what init made, and a script as JSON", async () => {
    const daemon = await createTestDaemon();
    try {
      const { out, code } = await daemon.runAtTerminal(["init", "ada", "--chain-id", "c-1"], []);
      expect(code, out).to.equal(0);
      expect(out).to.match(/^ada is ready in \S+: chain c-1, node [0-9a-f]{40}\r?\nNext: keys add, genesis add-account, [^\n]*start\r?\n$/);
      const asked = await daemon.runAtTerminal(["init", "ada", "--chain-id", "c-1", "--overwrite", "--output", "json"], []);
      expect(JSON.parse(asked.out)).to.include({ moniker: "ada", chain_id: "c-1" });
    } finally {
      daemon.remove();
    }
  });

  it("shows prompts and never a passphrase", async () => {
    const daemon = await createTestDaemon();
    try {
      const { out, code } = await daemon.runAtTerminal(["keys", "add", "ada", "--keyring-backend", "file", "--no-backup"], [
        ["(attempt 1/3): ", "hidden words"],
        ["Re-enter keyring passphrase: ", "hidden words"],
      ]);
      expect(code, out).to.equal(0);
      expect(out).to.contain("Enter keyring passphrase (attempt 1/3): ").and.contain("name: ada").and.not.contain("hidden words");
      const wrong = await daemon.runAtTerminal(["keys", "list", "--keyring-backend", "file"], [
        ["(attempt 1/3): ", "wrong words"],
        ["(attempt 2/3): ", "hidden words"],
      ]);
      expect(wrong.out).to.contain("name: ada");
    } finally {
      daemon.remove();
    }
  });
});
