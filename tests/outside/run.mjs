// Starts the gateway on its demo company, holds it to the suites of others, and stops it.
// node run.mjs WEFT [SUITE …]: WEFT is the program; without names every suite of suites/ runs.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const [program, ...names] = process.argv.slice(2);
if (!program) {
  console.error("usage: node run.mjs WEFT [SUITE …]");
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "weft-outside-"));
const origin = `http://127.0.0.1:${await freePort()}`;
const url = `${origin}/graphql`;
const gateway = spawn(resolve(program), ["demo", "--listen", new URL(origin).host], {
  cwd: folder,
  env: { ...process.env, TMPDIR: folder },
  stdio: ["ignore", "pipe", "pipe"],
});
let said = "";
for (const stream of [gateway.stdout, gateway.stderr]) {
  stream.on("data", (text) => (said = (said + text).slice(-2000)));
}
process.on("exit", () => {
  gateway.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

let passed = 0;
let failed = 0;
try {
  await ready();
  const sdl = readFileSync(join(root, "schema.graphql"), "utf8");
  const all = readdirSync(join(here, "suites")).map((file) => file.replace(/\.mjs$/, "")).sort();
  for (const name of names.length ? names : all) {
    console.log(`\n${name}`);
    const suite = await import(`./suites/${name}.mjs`);
    try {
      await suite.default({ root, here, folder, origin, url, sdl, ask, check });
    } catch (error) {
      check("runs to its end", false, error.stack ?? String(error));
    }
  }
} catch (error) {
  check("the gateway starts", false, `${error.message}\n${said}`);
}
check("the gateway stops when it is told to", await stopped(), said);
console.log(`\noutside suites: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

/** One check: what must hold, whether it does, and why not. */
function check(what, holds, why = "") {
  if (holds) {
    passed += 1;
    console.log(`  ok    ${what}`);
  } else {
    failed += 1;
    console.log(`  FAIL  ${what}\n${String(why).replace(/^/gm, "        ")}`);
  }
  return holds;
}

/** Asks the gateway as an ordinary client does. */
async function ask(query, variables = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

async function ready() {
  const deadline = Date.now() + 240_000;
  let reason = "nothing listens";
  while (Date.now() < deadline) {
    if (gateway.exitCode !== null) throw new Error(`it ended with ${gateway.exitCode}`);
    const answer = await fetch(`${origin}/health/ready`).catch(() => null);
    if (answer?.ok) return;
    if (answer) reason = await answer.text();
    await new Promise((next) => setTimeout(next, 200));
  }
  throw new Error(`it was not ready after 240 s: ${reason}`);
}

async function stopped() {
  if (gateway.exitCode !== null) return false;
  const ended = new Promise((resolve) => gateway.once("exit", (code) => resolve(code === 0)));
  gateway.kill("SIGTERM");
  return Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 15_000, false))]);
}

function freePort() {
  return new Promise((found, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}
