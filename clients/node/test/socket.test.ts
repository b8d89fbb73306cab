import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { Client, RefusedError } from "../src/index.js";
import { defaultSockets, mayBeTrusted } from "../src/socket.js";

const folder = mkdtempSync(join(tmpdir(), "giro-"));
after(() => rmSync(folder, { recursive: true }));

const isRoot = process.geteuid?.() === 0;

test("GIRO_SOCKET names the socket; without it a user's own daemon has it where XDG says", (context) => {
  const named = (path: string) => defaultSockets({ GIRO_SOCKET: path });
  assert.deepEqual(named("/x/y.sock"), ["/x/y.sock"]);
  assert.deepEqual(named("/x:y/z.sock"), ["/x:y/z.sock"]);
  assert.deepEqual(named("/a.sock:/b.sock"), ["/a.sock", "/b.sock"]);
  if (defaultSockets({})[0] === "/run/giro/giro.sock") {
    return context.skip("root, or a system's daemon, has the system's socket");
  }
  const runtime = defaultSockets({ XDG_RUNTIME_DIR: "/run/user/7" });
  assert.deepEqual(runtime, ["/run/user/7/giro/giro.sock"]);
  assert.deepEqual(defaultSockets({ XDG_STATE_HOME: "/s" }), ["/s/giro/giro.sock"]);
  assert.match(
    defaultSockets({ XDG_STATE_HOME: "not/absolute" })[0] ?? "",
    /\/\.local\/state\/giro\/giro\.sock$/,
  );
});

test("a socket of one's own below /tmp may be trusted, and one that isn't there is left to connect()", () => {
  writeFileSync(join(folder, "own"), "");
  assert.equal(mayBeTrusted(join(folder, "own")), true);
  assert.equal(mayBeTrusted(join(folder, "missing")), true);
});

test("a socket that somebody else put where everybody may isn't used, and nothing is sent to it", async (context) => {
  if (!isRoot) return context.skip("only root can give a folder away");
  const foreign = join(folder, "foreign");
  mkdirSync(foreign);
  writeFileSync(join(foreign, "sock"), "");
  chownSync(foreign, 54321, 54321);
  // In a folder that only we may write to, that is nobody's doing but ours.
  assert.equal(mayBeTrusted(join(foreign, "sock")), true);
  chmodSync(folder, 0o1777);
  assert.equal(mayBeTrusted(join(foreign, "sock")), false);

  const error = await new Client({ socket: join(foreign, "sock") }).server
    .info()
    .catch((problem: unknown) => problem);
  assert.ok(error instanceof RefusedError);
  assert.deepEqual([error.code, error.retry], ["untrusted", false]);
  assert.match(error.message, /is another user's, and lies where everybody may put one/);
});

test("a socket that this user may not use is an error at once, which says how to get there", async (context) => {
  if (!isRoot) return context.skip("only root can become another user");
  const { spawnSync } = await import("node:child_process");
  const closed = join(folder, "closed");
  mkdirSync(closed, { recursive: true });
  chmodSync(closed, 0o700);
  const program = `
    const { Client } = await import(${JSON.stringify(new URL("../src/index.js", import.meta.url).href)});
    await new Client({ socket: ${JSON.stringify(join(closed, "giro.sock"))} }).server.info().catch((error) => console.log(error.message));`;
  const words = ["--input-type=module", "--eval", `process.setuid(54321);${program}`];
  const ran = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (ran.stderr.includes("EACCES") && ran.stdout === "") {
    return context.skip("another user can't read this build");
  }
  assert.match(ran.stdout, /may not use the socket .*EACCES.*usermod -aG giro/, ran.stderr);
});
