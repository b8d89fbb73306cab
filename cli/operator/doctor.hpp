// What keeps a daemon from its work, or will: looked for on the machine and asked of the daemon, if one
// runs. Each look adds what it found; what it couldn't see is a finding, too.
//
// What always holds: it changes nothing, but for a file without a name that measures the disk's sync, which is
// gone when it ends. Thread: the main one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <sys/types.h>

namespace giro::cli {

enum class Verdict : std::uint8_t { well, trouble, unseen };
[[nodiscard]] std::string_view name(Verdict verdict);

struct Finding {
  std::string subject;
  Verdict verdict = Verdict::well;
  std::string what;
  std::string remedy;  // Empty where there is nothing to do.
};

class Findings {
 public:
  void well(std::string subject, std::string what);
  void trouble(std::string subject, std::string what, std::string remedy);
  void unseen(std::string subject, std::string what, std::string remedy);

  [[nodiscard]] const std::vector<Finding>& all() const { return all_; }
  [[nodiscard]] bool found_trouble() const;

 private:
  std::vector<Finding> all_;
};

// Whom it is about.
struct Patient {
  std::string socket;
  std::filesystem::path config;  // Empty: this user has none by default.
  std::filesystem::path data;    // Likewise.
  std::filesystem::path sync_folder;
  std::optional<boost::json::object>
      info;  // server.info; nothing: no daemon answers, or won't tell.
  std::optional<boost::json::object> status;  // ledger.status, likewise.
  std::string silence;                        // Why not.
  std::optional<uid_t> daemon_uid;            // Of the one that runs, else of who owns the ledger.
};

void look_at_config(Patient& patient, Findings& findings);  // Learns from it where the ledger is.
void look_at_socket(const Patient& patient, Findings& findings);
void look_at_files(Patient& patient, Findings& findings);  // Learns from them whose they are.
void look_at_disk(const Patient& patient, Findings& findings);
void look_at_sync(const Patient& patient, Findings& findings);
void look_at_clock(const Patient& patient, Findings& findings);
void look_at_limits(const Patient& patient, Findings& findings);
void look_at_versions(const Patient& patient, Findings& findings);
void look_at_ledger(const Patient& patient, Findings& findings);

// "giro:giro 0660".
[[nodiscard]] std::string owner_and_mode(uid_t uid, gid_t gid, mode_t mode);
[[nodiscard]] std::string user_name(uid_t uid);
[[nodiscard]] std::string group_name(gid_t gid);

}  // namespace giro::cli
