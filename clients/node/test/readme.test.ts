// The README's examples: each block of code is run, in order, against one daemon, and prints the
// block of text after it. Their types are checked, too, as a project's that has the package
// installed and no types of Node's.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Daemon } from "./daemon.js";
import { PACKAGE, installInto } from "./layout.js";

const folder = mkdtempSync(join(tmpdir(), "giro-"));
let daemon: Daemon;

before(async () => {
  daemon = await Daemon.start();
  installInto(folder);
});
after(async () => {
  await daemon.remove();
  rmSync(folder, { recursive: true });
});

interface Example {
  language: string;
  code: string;
  output: string;
}

function examples(page: string): Example[] {
  const found: Example[] = [];
  for (const [, language = "", text = ""] of page.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const last = found[found.length - 1];
    if (language !== "text") found.push({ language, code: text, output: "" });
    else if (last !== undefined) last.output = text;
  }
  return found;
}

const page = readFileSync(String(process.env["GIRO_TEST_README"]), "utf8");
const all = examples(page);
const programs = all.filter(({ language }) => language === "js");
const scripts = all.filter(({ language }) => language === "sh");

test("each example prints what the page shows", () => {
  assert.ok(programs.length >= 5, "the page lost its examples");
  programs.forEach(({ code, output }, i) => {
    const file = join(folder, `example-${i + 1}.mjs`);
    writeFileSync(file, code);
    const env = { ...process.env, GIRO_SOCKET: daemon.socket };
    const ran = spawnSync(process.execPath, [file], { encoding: "utf8", env });
    assert.equal(ran.stdout + ran.stderr, output, code);
  });
});

test("the shop does at the prompt what the page shows", () => {
  assert.equal(scripts.length, 1);
  for (const { code, output } of scripts) {
    const env = {
      ...process.env,
      GIRO_SOCKET: daemon.socket,
      SHOP_BOOK: join(folder, "shop.ndjson"),
    };
    const here = code.replace("clients/node/dist", join(PACKAGE, "dist"));
    const ran = spawnSync("sh", ["-c", here], { encoding: "utf8", env });
    assert.equal(ran.stdout + ran.stderr, output, code);
  }
});

test("each example keeps to the package's types, in a project without any of Node's", (context) => {
  const tsc = process.env["GIRO_TEST_TSC"];
  if (tsc === undefined) {
    return context.skip("tsc, of Debian's package node-typescript, isn't here");
  }
  writeFileSync(
    join(folder, "globals.d.ts"),
    `declare const console: { log(...values: unknown[]): void; warn(...values: unknown[]): void };
     declare class AbortController {
       readonly signal: {
         readonly aborted: boolean;
         readonly reason: any;
         addEventListener(type: "abort", listener: (event: object) => void): void;
         removeEventListener(type: "abort", listener: (event: object) => void): void;
       };
     }`,
  );
  const compilerOptions = {
    ...{
      noEmit: true,
      allowJs: true,
      checkJs: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      types: [],
    },
    ...{ target: "ES2022", lib: ["ES2022"], module: "Node16", moduleResolution: "Node16" },
  };
  const files = ["globals.d.ts", ...programs.map((_, i) => `example-${i + 1}.mjs`)];
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const ran = spawnSync(tsc, ["-p", folder], { encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stdout);
});
