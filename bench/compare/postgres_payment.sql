\set debit random(0, :accounts - 1)
\set credit (:debit + random(1, :accounts - 1)) % :accounts
\set amount random(1000, 9999)
\set key_begin random(1000000000000000, 9999999999999999)
\set key_end random(1000000000000000, 9999999999999999)
SELECT pay(:key_begin::text || :key_end::text, :debit, :credit, :amount);
