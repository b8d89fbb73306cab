// The shop's day, for shop.test.ts, in a process that kills itself at the moment of the given
// number. Arguments: the order book, the round, that number.

import { Client } from "giro-ledger";

import { shopDay } from "./shop_day.js";

const [bookPath = "", round = "", killAt = ""] = process.argv.slice(2);
let moments = 0;

const client = new Client();
await shopDay(client, bookPath, round, (where) => {
  if (++moments !== Number(killAt)) return;
  console.log(`killed: ${where}`);
  process.kill(process.pid, "SIGKILL");
});
await client.close();
