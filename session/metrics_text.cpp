#include "session/metrics_text.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "ledger/entry/kinds.hpp"

namespace giro {
namespace {

constexpr double kNanoseconds = 1e-9;

class Page {
 public:
  explicit Page(std::string& out) : out_(out) {}

  // The samples of one metric follow each other, behind its head.
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type);
  }
  template <class Value>
  void sample(std::string_view labels, Value value) {
    if (labels.empty()) {
      fmt::format_to(std::back_inserter(out_), "{} {}\n", name_, value);
    } else {
      fmt::format_to(std::back_inserter(out_), "{}{{{}}} {}\n", name_, labels, value);
    }
  }
  template <class Value>
  void one(std::string_view name, std::string_view type, std::string_view help, Value value) {
    begin(name, type, help);
    sample("", value);
  }
  void histogram(std::string_view name, std::string_view help, const Distribution& distribution,
                 double unit) {
    begin(name, "histogram", help);
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < distribution.bounds().size(); ++i) {
      so_far += distribution.count(i);
      fmt::format_to(std::back_inserter(out_), "{}_bucket{{le=\"{}\"}} {}\n", name,
                     static_cast<double>(distribution.bounds()[i]) * unit, so_far);
    }
    so_far += distribution.count(distribution.bounds().size());
    fmt::format_to(std::back_inserter(out_),
                   "{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", name, so_far,
                   static_cast<double>(distribution.sum()) * unit);
  }

 private:
  std::string& out_;
  std::string_view name_;
};

// Of one name for several kinds: payments of one leg and of several are payments.
void write_decisions(Page& page, const CommitMetrics& commits) {
  std::map<std::string_view, std::array<std::uint64_t, 2>> by_type;  // Applied, rejected.
  for (std::size_t kind = 0; kind < commits.entries.size(); ++kind) {
    auto& sums = by_type[kKinds.at(kind).type];
    for (std::size_t code = 0; code < commits.entries.at(kind).size(); ++code) {
      sums.at(code == 0 ? 0 : 1) += commits.entries.at(kind).at(code).value();
    }
  }
  page.begin("giro_decisions_total", "counter", "Decisions that were committed since the start.");
  for (const auto& [type, sums] : by_type) {
    page.sample(fmt::format(R"(type="{}",status="applied")", type), sums[0]);
    page.sample(fmt::format(R"(type="{}",status="rejected")", type), sums[1]);
  }
  page.begin("giro_rejections_total", "counter", "Decisions against a request, by code.");
  for (const Rejection code : all_rejections()) {
    std::uint64_t sum = 0;
    for (const auto& kind : commits.entries) sum += kind.at(static_cast<std::size_t>(code)).value();
    page.sample(fmt::format(R"(code="{}")", name(code)), sum);
  }
}

void write_refusals(Page& page, const RefusalCounts& refusals) {
  page.begin("giro_refusals_total", "counter", "Requests that decided nothing, by code.");
  for (std::size_t code = 0; code < refusals.size(); ++code) {
    page.sample(fmt::format(R"(code="{}")", name(static_cast<ErrorCode>(code))), refusals.at(code));
  }
}

void write_ledger(Page& page, const CommitMetrics& commits) {
  page.one("giro_last_seq", "gauge", "The seq of the last decision that is durable.",
           commits.last_seq.value());
  page.one("giro_accounts", "gauge", "Accounts.", commits.accounts.value());
  page.one("giro_holds_open", "gauge", "Holds that are open.", commits.holds_open.value());
  page.one("giro_schedules_open", "gauge", "Scheduled payments and standing orders that are open.",
           commits.schedules_open.value());
  page.one("giro_deciding", "gauge", "1: requests are decided. 0: an obstacle keeps them from it.",
           commits.deciding.value());
  page.one("giro_ledger_bytes", "gauge", "The size of the ledger's file.",
           commits.ledger_bytes.value());
  page.one("giro_wal_bytes", "gauge", "What the write-ahead log holds.", commits.wal_bytes.value());
  page.one("giro_checkpoint_ok", "gauge", "1: the last checkpoint got through.",
           commits.checkpoint_ok.value());
  page.one("giro_checkpoint_waits_for_reader", "gauge",
           "1: a reader keeps the log from being emptied.", commits.checkpoint_waits.value());
  page.one("giro_checkpoint_held_since_seconds", "gauge",
           "Since when the oldest reader has done so, as Unix time; 0: none does.",
           static_cast<double>(commits.held_since_ns.value()) * kNanoseconds);
  page.one("giro_keys_ok", "gauge", "1: the upkeep of the key index gets through.",
           commits.keys_ok.value());
  page.one("giro_clock_agrees", "gauge", "1: the ledger's time is the system's.",
           commits.clock_agrees.value());
  page.one("giro_clock_ahead_seconds", "gauge", "The system's time less the ledger's.",
           static_cast<double>(commits.clock_ahead_ns.value()) * kNanoseconds);
}

void write_pages(Page& page, const PageFigures& pages) {
  page.one("giro_pages_have_checksums", "gauge",
           "1: each page of the ledger's file has one. 0: an older version made it.",
           pages.have_sums ? 1 : 0);
  page.one("giro_damaged_pages", "gauge",
           "Pages that weren't what was written, met since the start.", pages.damaged);
  page.one("giro_scrubbed_pages_total", "counter", "Pages that were looked at for damage.",
           pages.looked_at);
  page.one("giro_scrubbed_seconds", "gauge",
           "When the last look through all pages ended, as Unix time; 0: none did since the start.",
           static_cast<double>(pages.last_pass.ns) * kNanoseconds);
}

void write_cluster(Page& page, const ClusterFigures& cluster) {
  page.one("giro_cluster_serving", "gauge", "1: this node takes payments. 0: it doesn't for now.",
           cluster.trouble.empty() ? 1 : 0);
  page.one("giro_cluster_index", "gauge",
           "The last group of the cluster's log that was given to be applied here.", cluster.index);
  page.one("giro_cluster_log_groups", "gauge", "The log's last group, when it was last looked at.",
           cluster.groups);
  page.one("giro_cluster_quorum_heard_seconds_ago", "gauge",
           "Since a quorum of etcd's members answered last.",
           std::chrono::duration<double>(cluster.heard_ago).count());
  page.one("giro_cluster_clock_offset_seconds", "gauge", "The other nodes' clocks less this one's.",
           std::chrono::duration<double>(cluster.clock_offset).count());
  page.one("giro_cluster_nodes", "gauge", "Nodes that the log waits for, this one too.",
           cluster.nodes.size());
  page.one("giro_cluster_nodes_differing", "gauge", "Of them, those whose ledger isn't this one.",
           std::ranges::count_if(cluster.nodes, &ClusterFigures::Node::differs));
  page.one("giro_cluster_etcd_bytes", "gauge", "The size of etcd's database.", cluster.etcd_bytes);
  page.one("giro_cluster_etcd_bytes_max", "gauge",
           "At which etcd takes no more; 0: it doesn't tell.", cluster.etcd_bytes_max);
}

void write_load(Page& page, const Measured& measured) {
  page.one("giro_queue_items", "gauge", "Payments and questions that wait for the commit thread.",
           measured.load.items);
  page.one("giro_queue_bytes", "gauge", "What they take.", measured.load.bytes);
  page.one("giro_queue_items_max", "gauge", "More are refused as busy.",
           measured.info.limits.queue.items_max);
  page.one("giro_queue_bytes_max", "gauge", "More are refused as busy.",
           measured.info.limits.queue.bytes_max);
  page.begin("giro_connections", "gauge", "Connections, by the user at their other end.");
  measured.users.for_each_user(Bound::connections, [&page](std::uint32_t uid, std::uint64_t count) {
    page.sample(fmt::format(R"(uid="{}")", uid), count);
  });
  page.one("giro_subscribers", "gauge", "Connections that follow the feed.", measured.subscribers);
}

}  // namespace

void write_metrics(std::string& out, const Measured& measured) {
  Page page(out);
  write_decisions(page, measured.commits);
  page.one("giro_replays_total", "counter",
           "Requests that were decided before and answered so again.",
           measured.commits.replays.value());
  write_refusals(page, measured.refusals);
  page.one("giro_commits_total", "counter", "Commits that had decisions.",
           measured.commits.commits.value());
  page.histogram("giro_commit_decisions", "Decisions a commit.", measured.commits.group_entries, 1);
  page.histogram("giro_group_seconds", "From a group's first decision until it is durable.",
                 measured.commits.group_ns, kNanoseconds);
  page.histogram("giro_commit_seconds", "Of that, the writing of its rows and the sync.",
                 measured.commits.commit_ns, kNanoseconds);
  page.histogram("giro_sync_seconds",
                 "Of that, SQLite's COMMIT: the log is written and synced to disk.",
                 measured.commits.sync_ns, kNanoseconds);
  write_ledger(page, measured.commits);
  write_pages(page, measured.pages);
  if (measured.cluster) write_cluster(page, *measured.cluster);
  write_load(page, measured);
  page.one("giro_disk_free_bytes", "gauge", "Free on the ledger's disk.", measured.disk_free_bytes);
  page.one("giro_uptime_seconds", "gauge", "Since the start.", measured.uptime_s);
  page.begin("giro_build_info", "gauge", "The versions, as labels.");
  page.sample(
      fmt::format(R"(version="{}",sqlite="{}")", measured.info.version, measured.info.sqlite), 1);
}

}  // namespace giro
