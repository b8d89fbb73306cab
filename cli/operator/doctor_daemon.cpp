// giro doctor: the daemon, its process, its versions and what it says of its ledger.
#include <array>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <sys/timex.h>

#include "bench/load/target.hpp"
#include "cli/operator/check.hpp"
#include "cli/operator/doctor.hpp"
#include "cli/operator/program_output.hpp"
#include "cli/output/fields.hpp"
#include "ledger/store/schema/schema.hpp"
#include "protocol/whole_number.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::int64_t kDescriptorsBeside = 64;  // Of clients: files, and what girod keeps free.

const json::object& known(const std::optional<json::object>& answer) {
  static const json::object kNone;
  return answer ? *answer : kNone;
}

std::string first_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The limit in effect; nothing: it can't be seen, -1: there is none.
std::optional<std::int64_t> open_files_limit(std::int64_t process) {
  std::ifstream limits(fmt::format("/proc/{}/limits", process));
  constexpr std::string_view kName = "Max open files";
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with(kName)) continue;
    std::istringstream values(line.substr(kName.size()));
    std::string soft;
    values >> soft;
    if (soft == "unlimited") return -1;
    return protocol::whole_number<std::int64_t>(soft);
  }
  return std::nullopt;
}

// Of SQLite's header: bytes 60 to 63, most significant first. Nothing: it can't be read, or is none.
std::optional<std::int64_t> schema_of(const std::filesystem::path& ledger) {
  constexpr std::string_view kMagic = "SQLite format 3";
  constexpr std::size_t kVersion = 60;
  std::array<char, 100> header{};
  std::ifstream file(ledger, std::ios::binary);
  if (!file.read(header.data(), header.size())) return std::nullopt;
  if (std::string_view(header.data()) != kMagic) return std::nullopt;
  std::int64_t version = 0;
  for (std::size_t i = kVersion; i < kVersion + 4; ++i) {
    version = version * 256 + static_cast<unsigned char>(header.at(i));
  }
  return version;
}

void look_at_schema(const Patient& patient, Findings& findings) {
  if (patient.data.empty()) return;
  const auto schema = schema_of(patient.data / "ledger.db");
  if (!schema) {
    return findings.unseen("schema", "can't read the ledger's file", "Run giro doctor as root.");
  }
  if (*schema > store::kSchemaVersion) {
    return findings.trouble("schema",
                            fmt::format("the ledger has schema {}, newer than the {} of this giro",
                                        *schema, store::kSchemaVersion),
                            "Install the girod and giro that it was written with.");
  }
  findings.well("schema", *schema == store::kSchemaVersion
                              ? fmt::format("{}, the newest", *schema)
                              : fmt::format("{}; the next start brings it to {}", *schema,
                                            store::kSchemaVersion));
}

}  // namespace

void look_at_clock(const Patient& patient, Findings& findings) {
  timex query{};  // No mode: it only asks.
  const int state = adjtimex(&query);
  if (state < 0) {
    findings.unseen("clock", "the system doesn't say whether its clock is synchronised",
                    "See `timedatectl`.");
  } else if (state == TIME_ERROR || (query.status & STA_UNSYNC) != 0) {
    findings.trouble("clock",
                     "the system's clock isn't synchronised, and entries' times are for ever",
                     "Run a time service: `timedatectl set-ntp true`, or chrony.");
  } else {
    findings.well("clock", "synchronised");
  }
  if (!patient.status) return;
  const json::object& clock = object_field(*patient.status, "clock");
  const std::string how = text_field(clock, "state");
  const double ahead_s = static_cast<double>(number_field(clock, "ahead_ms").value_or(0)) / 1'000;
  if (how.empty() || how == "agrees") return;
  findings.trouble(
      "ledger time",
      fmt::format("the system's clock jumped, and is {} {} the ledger's time ({})",
                  shown_seconds(std::abs(ahead_s)), ahead_s < 0 ? "behind" : "ahead of", how),
      "Set the clock right; the ledger's time follows it slowly.");
}

void look_at_limits(const Patient& patient, Findings& findings) {
  const auto process = number_field(known(patient.info), "pid");
  // From within another container its number means another process here.
  const bool seen = process && first_line_of(fmt::format("/proc/{}/comm", *process)) == "girod";
  const auto limit = seen ? open_files_limit(*process) : std::nullopt;
  if (!limit) {
    return findings.unseen("limits", "the daemon's process can't be seen",
                           "Run giro doctor on the daemon's machine, while it runs.");
  }
  const auto connections =
      number_field(object_field(known(patient.info), "limits"), "connections").value_or(0);
  if (*limit >= 0 && *limit < connections + kDescriptorsBeside) {
    return findings.trouble(
        "limits",
        fmt::format("{} open files, too few for {} connections: clients will be turned away",
                    *limit, connections),
        fmt::format("Set LimitNOFILE={} for the service (`systemctl edit girod`), or ulimit -n; or "
                    "lower limits.connections in girod.toml.",
                    2 * (connections + kDescriptorsBeside)));
  }
  findings.well("limits",
                *limit < 0 ? std::string("open files without a limit")
                           : fmt::format("{} open files, for {} connections", *limit, connections));
}

void look_at_versions(const Patient& patient, Findings& findings) {
  const std::string running = text_field(known(patient.info), "version");
  std::string installed;
  if (const auto girod = load::find_girod()) {
    const auto told = output_of({girod->string(), "--version"});
    if (told && told->exit == 0) installed = told->text.substr(told->text.find(' ') + 1);
    while (installed.ends_with('\n')) installed.pop_back();
  }
  const std::string shown =
      fmt::format("giro {}, girod {}{}{}", GIRO_VERSION, running.empty() ? "not running" : running,
                  installed.empty() ? "" : fmt::format(" (installed: {})", installed),
                  patient.info ? ", SQLite " + text_field(*patient.info, "sqlite") : "");
  if (!running.empty() && !installed.empty() && running != installed) {
    findings.trouble("versions", shown + ": another girod is installed than runs",
                     "systemctl restart girod");
  } else if (!running.empty() && running != GIRO_VERSION) {
    findings.trouble("versions", shown + ": giro and girod differ",
                     "Install giro and girod of one version.");
  } else {
    findings.well("versions", shown);
  }
  look_at_schema(patient, findings);
}

void look_at_ledger(const Patient& patient, Findings& findings) {
  if (!patient.status) {
    return findings.unseen("ledger", "not asked: " + patient.silence,
                           "While no daemon runs, `giro verify --data DIR` proves the ledger.");
  }
  const json::object& status = *patient.status;
  const json::object& files = object_field(status, "files");
  if (true_field(status, "read_only")) {
    findings.trouble("ledger", "nothing is decided: " + text_field(status, "obstacle"),
                     "Mend the cause; girod goes on by itself once a write gets through.");
  } else {
    findings.well("ledger",
                  fmt::format("decides; journal up to {}, which the anchor agreed with at "
                              "the start",
                              shown_field(status, "seq")));
  }
  if (const std::string trouble = text_field(files, "checkpoint"); !trouble.empty()) {
    findings.trouble(
        "checkpoint",
        fmt::format("the write-ahead log has {} and can't be emptied: {}",
                    shown_bytes(static_cast<double>(number_field(files, "wal_bytes").value_or(0))),
                    trouble),
        "End the program that reads the ledger in one long transaction: `fuser "
        "ledger.db` names it.");
  }
  const json::object& pages = object_field(status, "pages");
  if (const auto damaged = number_field(pages, "damaged"); damaged.value_or(0) > 0) {
    findings.trouble("pages",
                     fmt::format("{} pages of the ledger aren't what was written; what is on them "
                                 "isn't told or used",
                                 *damaged),
                     "Keep a copy of the ledger's folder, see to the disk, then `giro verify`.");
  }
  const std::string upkeep = text_field(object_field(status, "keys"), "upkeep");
  if (!upkeep.empty() && upkeep != "ok") {
    findings.trouble("keys", "the upkeep of the key index is held up: " + upkeep,
                     "girod tries again by itself; see its log for the cause (descriptors, memory, "
                     "room on the disk).");
  }
}

}  // namespace giro::cli
