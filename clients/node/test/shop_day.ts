// One day of the shop. What an earlier run did isn't done again.

import type { Client } from "giro-ledger";

import { OrderBook } from "../examples/shop/orders.js";
import { Shop } from "../examples/shop/shop.js";
import type { Between } from "../examples/shop/shop.js";

// The orders' ids begin with `round`. In the end 1,500 were paid to the shop and 700 are on hold.
export async function shopDay(
  client: Client,
  bookPath: string,
  round: string,
  between?: Between,
): Promise<void> {
  const book = new OrderBook(bookPath);
  const shop = await Shop.open(client, book, between);
  const place = async (id: string, amount: bigint): Promise<void> => {
    if (!book.orders.has(id)) await shop.place(id, "ada", amount, "EUR");
  };
  const [shipped, cancelled, declined, held] = [
    `${round}:1`,
    `${round}:2`,
    `${round}:3`,
    `${round}:4`,
  ] as const;
  await place(shipped, 3_000n);
  await place(cancelled, 2_000n);
  await place(declined, 9_900n);
  if (shop.order(shipped).state === "placed") await shop.ship(shipped);
  if (shop.order(cancelled).state === "placed") await shop.cancel(cancelled);
  if (shop.order(shipped).refunded < 1_000n) await shop.refund(shipped, 1_000n);
  if (shop.order(shipped).refunded < 1_500n) await shop.refund(shipped, 500n);
  await place(held, 700n);
  book.close();
}
