-- The same kind of ledger in PostgreSQL: two balances and their floors, payments that a key makes once, and the
-- history of an account from either side. Everything that one payment takes is one call.

-- Half empty pages let an updated row stay on its page, so that no index changes with a balance.
CREATE TABLE accounts (
  id int PRIMARY KEY,
  balance bigint NOT NULL DEFAULT 0,
  floor bigint NOT NULL DEFAULT -1000000000000000,  -- As of Giro's accounts in this benchmark.
  CONSTRAINT insufficient_funds CHECK (balance >= floor)
) WITH (fillfactor = 50);

CREATE TABLE payments (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  key text NOT NULL UNIQUE,
  debit int NOT NULL,
  credit int NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  debit_balance bigint NOT NULL,
  credit_balance bigint NOT NULL
);
CREATE INDEX payments_by_debit ON payments (debit, seq);
CREATE INDEX payments_by_credit ON payments (credit, seq);

-- The payment's seq: a new one, or for a key that was there its own. Any error undoes the whole of it; of two calls
-- with one new key at the same moment the second gets one, and finds the payment when it tries again.
CREATE FUNCTION pay(the_key text, the_debit int, the_credit int, the_amount bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  prior payments;
  new_seq bigint;
  debit_balance bigint;
  credit_balance bigint;
BEGIN
  SELECT * INTO prior FROM payments WHERE key = the_key;
  IF FOUND THEN
    IF (prior.debit, prior.credit, prior.amount) <> (the_debit, the_credit, the_amount) THEN
      RAISE EXCEPTION 'key_conflict';
    END IF;
    RETURN prior.seq;
  END IF;
  -- The lower account first, so that no two payments wait for each other.
  IF the_debit < the_credit THEN
    UPDATE accounts SET balance = balance - the_amount WHERE id = the_debit RETURNING balance INTO debit_balance;
    UPDATE accounts SET balance = balance + the_amount WHERE id = the_credit RETURNING balance INTO credit_balance;
  ELSE
    UPDATE accounts SET balance = balance + the_amount WHERE id = the_credit RETURNING balance INTO credit_balance;
    UPDATE accounts SET balance = balance - the_amount WHERE id = the_debit RETURNING balance INTO debit_balance;
  END IF;
  -- An account that isn't there left its balance null, which this refuses.
  INSERT INTO payments (key, debit, credit, amount, debit_balance, credit_balance)
    VALUES (the_key, the_debit, the_credit, the_amount, debit_balance, credit_balance)
    RETURNING seq INTO new_seq;
  RETURN new_seq;
END $$;

INSERT INTO accounts (id) SELECT generate_series(0, :accounts - 1);
VACUUM ANALYZE;
CHECKPOINT;
