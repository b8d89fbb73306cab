// Which node is asked next, when, and for how long.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Round, isOfNode } from "../src/round.js";

test("the next node is asked at once, and only a whole pass is followed by a pause, which grows", () => {
  const way = new Round(3, 1);
  const nodes = [way.node];
  const pauses = Array.from({ length: 9 }, () => {
    const pause = way.next("busy", 0);
    nodes.push(way.node);
    return pause;
  });
  assert.deepEqual(nodes, [1, 2, 0, 1, 2, 0, 1, 2, 0, 1]);
  assert.deepEqual(pauses, [0, 0, 10, 0, 0, 20, 0, 0, 40]);
});

test("a single node is asked again after pauses that grow", () => {
  const way = new Round(1, 0);
  assert.deepEqual([way.next("busy", 0), way.next("busy", 0), way.node], [10, 20, 0]);
  way.answered();
  assert.equal(way.next("no_daemon", 0), 10);
});

test("no node may take the time of those after it, nor wait longer than a node waits itself", () => {
  const way = new Round(3, 0);
  assert.equal(way.ends(0, 6_000), 2_000);
  way.next("timeout", 0);
  assert.equal(way.ends(2_000, 6_000), 4_000);
  way.next("timeout", 0);
  assert.equal(way.ends(4_000, 6_000), 6_000);
  assert.equal(way.ends(4_000, Infinity), 14_000);
  assert.equal(new Round(1, 0).ends(0, 3_600_000), 3_600_000);
});

test("what no node can be used for isn't tried a second time, unless one of them may come back", () => {
  const way = new Round(2, 0);
  assert.equal(way.next("untrusted", 0), 0);
  assert.equal(way.next("no_permission", 0), undefined);
  const other = new Round(2, 0);
  const pauses = ["untrusted", "no_daemon", "untrusted", "no_daemon"].map((code) =>
    other.next(code, 0),
  );
  assert.deepEqual(pauses, [0, 10, 0, 20]);
});

test("what a node decided, or what its request lacks, is no other node's business", () => {
  for (const code of ["busy", "outcome_unknown", "read_only", "shutting_down", "timeout"]) {
    assert.equal(isOfNode(code), true, code);
  }
  for (const code of ["insufficient_funds", "invalid_amount", "unauthorized", "key_conflict"]) {
    assert.equal(isOfNode(code), false, code);
  }
  for (const code of ["aborted", "closed"]) assert.equal(isOfNode(code), false, code);
});
