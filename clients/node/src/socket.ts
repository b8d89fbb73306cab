// Where the daemon listens, and whether that can be trusted. As `giro` does it.

import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";

const SYSTEM_SOCKET = "/run/giro/giro.sock";

type Environment = Readonly<Record<string, string | undefined>>;

// $GIRO_SOCKET, which may name several nodes (/a.sock:/b.sock); else one, of the system or the user.
export function defaultSockets(env: Environment = process.env): readonly string[] {
  const named = env["GIRO_SOCKET"];
  if (named !== undefined && named !== "") return named.split(/:(?=\/)/).filter((path) => path);
  return [defaultSocket(env)];
}

// The system's, else that of this user's own daemon.
function defaultSocket(env: Environment): string {
  if (isSocket(SYSTEM_SOCKET) || process.geteuid?.() === 0) return SYSTEM_SOCKET;
  const runtime = absolute(env["XDG_RUNTIME_DIR"]);
  if (runtime !== undefined) return `${runtime}/giro/giro.sock`;
  return `${absolute(env["XDG_STATE_HOME"]) ?? `${homedir()}/.local/state`}/giro/giro.sock`;
}

// Of what a client was made with.
export function socketsOf(named: string | readonly string[] | undefined): readonly string[] {
  if (named === undefined) return defaultSockets();
  if (typeof named === "string") return [named];
  if (named.length === 0 || named.includes("")) {
    throw new RangeError("a list of sockets names one at least, and each by its path");
  }
  return [...named];
}

function absolute(path: string | undefined): string | undefined {
  return path?.startsWith("/") ? path : undefined;
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

// Whether nobody but root, girod's own user and this one could have put the socket there: in a
// folder that everybody may write to, as /tmp, what leads to it must be theirs. A path that can't
// be looked at is left to connect() to refuse.
export function mayBeTrusted(socket: string): boolean {
  try {
    for (let here = realpathSync(socket); here !== "/"; here = dirname(here)) {
      const everybodyMayWrite = (statSync(dirname(here)).mode & 0o002) !== 0;
      if (everybodyMayWrite && !isTrustedUser(lstatSync(here).uid)) return false;
    }
  } catch {
    return true;
  }
  return true;
}

function isTrustedUser(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.() || uid === uidOf("giro");
}

function uidOf(user: string): number | undefined {
  if (!existsSync("/etc/passwd")) return undefined;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  const uid = lines.find((line) => line.startsWith(`${user}:`))?.split(":")[2];
  return uid === undefined ? undefined : Number(uid);
}
