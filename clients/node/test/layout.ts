// Where the compiled package lies, and a folder that has it installed.

import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// With package.json, and dist/ beside it.
export const PACKAGE = fileURLToPath(new URL("../..", import.meta.url).href);

export function installInto(folder: string): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(PACKAGE, join(folder, "node_modules", "giro-ledger"));
}
