// Keys: what makes a request one request, however often it is sent.

import { randomUUID } from "node:crypto";

// A UUID of version 7 (RFC 9562): the time in milliseconds, then 74 random bits. Text that sorts by
// when it was made.
export function newKey(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
