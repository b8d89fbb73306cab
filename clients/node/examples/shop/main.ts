// The shop's command line. $GIRO_SOCKET names the daemon, $SHOP_BOOK the order book.

import { Client, GiroError, formatAmount } from "giro-ledger";

import { OrderBook } from "./orders.js";
import type { Order } from "./orders.js";
import { Shop } from "./shop.js";

const HELP = `shop COMMAND

  setup                       opens the shop's accounts
  customer NAME AMOUNT        opens a customer's account, with money in it
  place ORDER NAME AMOUNT     holds the money
  ship ORDER                  captures it
  cancel ORDER                lets go of it
  refund ORDER [AMOUNT]       pays it back
  show ORDER
  report [DAY]                what the ledger says of a day in UTC (YYYY-MM-DD)

Amounts are euros. A command that was cut off is ended by the next one, whatever that is.`;

const CURRENCY = "EUR";

async function setUp(client: Client): Promise<string> {
  await client.accounts.open({ id: "world", currency: CURRENCY, floor: null });
  await client.accounts.open({ id: "shop:sales", currency: CURRENCY });
  return "world and shop:sales are open";
}

async function addCustomer(client: Client, name: string, decimal: string): Promise<string> {
  const money = await client.parse(decimal, CURRENCY);
  await client.accounts.open({ id: `customers:${name}`, currency: CURRENCY });
  await client.payments.submit({
    key: `welcome:${name}`,
    from: "world",
    to: `customers:${name}`,
    ...money,
  });
  return `customers:${name} has ${await client.format(money)}`;
}

async function describe(client: Client, order: Order): Promise<string> {
  const amount = await client.format(order);
  const refunded =
    order.refunded > 0n
      ? `, ${await client.format({ ...order, amount: order.refunded })} refunded`
      : "";
  return `order ${order.id} of ${order.customer}: ${amount}, ${order.state}${refunded}${order.code ? ` (${order.code})` : ""}`;
}

async function report(client: Client, shop: Shop, day: string): Promise<string> {
  const found = await shop.report(day);
  const scale = await client.scaleOf(found.currency);
  const money = (amount: bigint): string => formatAmount(amount, scale);
  return [
    `${found.day}, ${found.currency}`,
    `opening balance   ${money(found.opening)}`,
    `shipped           ${money(found.captured)} in ${found.shipped}`,
    `refunded          ${money(found.refunded)} in ${found.refunds}`,
    `closing balance   ${money(found.closing)}`,
    `on hold now       ${money(found.held)} in ${found.heldOrders}`,
  ].join("\n");
}

async function run(client: Client, [command, ...words]: string[]): Promise<string> {
  const [first, second, third] = words;
  if (command === "setup") return setUp(client);
  if (command === "customer" && first && second) return addCustomer(client, first, second);
  const book = new OrderBook(process.env["SHOP_BOOK"] ?? "shop.ndjson");
  const shop = await Shop.open(client, book);
  const amountOf = async (decimal: string): Promise<bigint> =>
    (await client.parse(decimal, CURRENCY)).amount;
  if (command === "report") {
    return report(client, shop, first ?? new Date().toISOString().slice(0, 10));
  }
  if (first === undefined) return HELP;
  switch (command) {
    case "place":
      if (second === undefined || third === undefined) return HELP;
      return describe(client, await shop.place(first, second, await amountOf(third), CURRENCY));
    case "ship":
      return describe(client, await shop.ship(first));
    case "cancel":
      return describe(client, await shop.cancel(first));
    case "refund":
      return describe(
        client,
        await shop.refund(first, second === undefined ? undefined : await amountOf(second)),
      );
    case "show":
      return describe(client, shop.order(first));
    default:
      return HELP;
  }
}

const client = new Client({ timeoutMs: 10_000 });
try {
  console.log(await run(client, process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof GiroError ? error.message : `shop: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await client.close();
}
