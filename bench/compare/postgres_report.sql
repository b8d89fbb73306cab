-- The figures of a run as JSON, in the form of the workloads of `giro bench`; an error and no figures where the work
-- wasn't done. Takes :latencies (a file: microseconds of each transaction), :done and :per_second (pgbench's count and
-- rate), :title and :settings (names, separated by commas).
\set ON_ERROR_STOP on
\set QUIET on
CREATE TEMP TABLE latencies (us bigint NOT NULL);
\set load '\\copy latencies FROM ' :'latencies'
:load

SELECT set_config('giro.done', :'done', false) \g /dev/null
DO $$
DECLARE
  done bigint := current_setting('giro.done');
BEGIN
  ASSERT done > 0, 'no payment was made';
  ASSERT (SELECT count(*) FROM payments) = done, 'the count of payments is not that of the calls';
  ASSERT (SELECT count(*) FROM latencies) = done, 'the count of latencies is not that of the calls';
  ASSERT (SELECT sum(balance) FROM accounts) = 0, 'the balances do not sum to zero';
  ASSERT NOT EXISTS (
    SELECT FROM accounts
    LEFT JOIN (SELECT credit AS id, sum(amount) AS total FROM payments GROUP BY credit) AS credits USING (id)
    LEFT JOIN (SELECT debit AS id, sum(amount) AS total FROM payments GROUP BY debit) AS debits USING (id)
    WHERE balance <> coalesce(credits.total, 0) - coalesce(debits.total, 0)
  ), 'balances are not what their payments make';
END $$;

WITH at AS (
  SELECT percentile_disc(ARRAY[0.5, 0.9, 0.99, 0.999, 1]) WITHIN GROUP (ORDER BY us) AS us FROM latencies
)
SELECT json_build_object(
  'id', 'postgresql',
  'title', :'title',
  'name', 'PostgreSQL',
  'version', split_part(current_setting('server_version'), ' ', 1),
  'settings', (SELECT json_object_agg(name, current_setting(name)) FROM unnest(string_to_array(:'settings', ',')) name),
  'payments', json_build_object('done', :done, 'seconds', :done / :per_second, 'per_second', :per_second),
  'latencies', json_build_array(json_build_object(
    'what', 'a payment', 'count', :done,
    'p50_ms', at.us[1] / 1e3, 'p90_ms', at.us[2] / 1e3, 'p99_ms', at.us[3] / 1e3, 'p99.9_ms', at.us[4] / 1e3,
    'max_ms', at.us[5] / 1e3)))
FROM at;
