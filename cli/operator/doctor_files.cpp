// giro doctor: the settings, the socket and the ledger's files.
#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/load/target.hpp"
#include "cli/operator/doctor.hpp"
#include "cli/operator/program_output.hpp"
#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace fs = std::filesystem;

struct Seen {
  bool there = false;
  int error = 0;  // Why it isn't.
  struct stat status{};
};

Seen look_at(const fs::path& path) {
  Seen seen;
  seen.there = stat(path.c_str(), &seen.status) == 0;
  if (!seen.there) seen.error = errno;
  return seen;
}

std::string why(int error) {
  return std::generic_category().message(error);
}

// As the kernel judges, but for capabilities and access lists.
bool may_read(uid_t uid, const struct stat& file) {
  if (uid == 0) return true;
  if (uid == file.st_uid) return (file.st_mode & S_IRUSR) != 0;
  const passwd* user = getpwuid(uid);
  if (user != nullptr) {
    std::array<gid_t, 256> groups{};
    int count = static_cast<int>(groups.size());
    if (getgrouplist(user->pw_name, user->pw_gid, groups.data(), &count) < 0) count = 0;
    const std::span<const gid_t> own(groups.data(), static_cast<std::size_t>(count));
    if (std::ranges::find(own, file.st_gid) != own.end()) return (file.st_mode & S_IRGRP) != 0;
  }
  return (file.st_mode & S_IROTH) != 0;
}

// `key = "text"` of what girod prints of its settings; empty: it isn't there.
std::string setting(const std::string& toml, const std::string& key) {
  std::istringstream lines(toml);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key + " = \"") || !line.ends_with('"')) continue;
    const std::size_t begin = key.size() + 4;
    return line.substr(begin, line.size() - 1 - begin);
  }
  return {};
}

void check_settings(Patient& patient, Findings& findings) {
  const auto girod = load::find_girod();
  if (!girod) {
    return findings.unseen("settings", girod.error().what,
                           "Install girod beside giro, so that its settings can be checked.");
  }
  const auto checked =
      output_of({girod->string(), "--check-config", "--config", patient.config.string()});
  if (!checked) return findings.unseen("settings", "girod can't be started", "Install it anew.");
  if (checked->exit != 0) {
    return findings.trouble("settings", checked->text, "Mend them; then systemctl reload girod.");
  }
  findings.well("settings", patient.config.string() + " is right");
  if (patient.data.empty()) patient.data = setting(checked->text, "data");
}

// Files that root left there (by `sqlite3 ledger.db`, a backup that was put back) keep the daemon out.
void look_at_file(const Patient& patient, const fs::path& path, Findings& findings) {
  const Seen seen = look_at(path);
  if (!seen.there) return;
  const std::string subject = path.filename().string();
  const std::string shown =
      fmt::format("{}: {}", path.string(),
                  owner_and_mode(seen.status.st_uid, seen.status.st_gid, seen.status.st_mode));
  if (patient.daemon_uid && seen.status.st_uid != *patient.daemon_uid) {
    const std::string owner = user_name(*patient.daemon_uid);
    findings.trouble(subject, fmt::format("{}, and girod runs as {}", shown, owner),
                     fmt::format("Stop girod, then: chown {} {}", owner, path.string()));
  } else if ((seen.status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    findings.trouble(subject, shown + ": others than its user may read or change it",
                     fmt::format("chmod go-w,o-rwx {}", path.string()));
  } else {
    findings.well(subject, shown);
  }
}

// Whoever may rename what lies in a folder can put another ledger there.
void look_at_way(const Patient& patient, Findings& findings) {
  for (fs::path folder = patient.data.parent_path(); !folder.empty();
       folder = folder.parent_path()) {
    const Seen seen = look_at(folder);
    const mode_t mode = seen.status.st_mode;
    if (seen.there && (mode & S_IWOTH) != 0 && (mode & S_ISVTX) == 0) {
      return findings.trouble(
          "folders",
          fmt::format("everybody may write to {}, and so replace the ledger", folder.string()),
          fmt::format("chmod o-w {}", folder.string()));
    }
    if (folder == folder.root_path()) return;
  }
}

}  // namespace

void look_at_config(Patient& patient, Findings& findings) {
  const Seen seen = look_at(patient.config);
  if (patient.config.empty() || (!seen.there && seen.error == ENOENT)) {
    return findings.well("settings", "there is no file of settings: girod has its defaults");
  }
  const std::string path = patient.config.string();
  if (!seen.there || access(path.c_str(), R_OK) != 0) {
    return findings.unseen("settings", fmt::format("can't read {}: {}", path, why(errno)),
                           "Run giro doctor as root.");
  }
  const mode_t others = seen.status.st_gid == 0 ? S_IWOTH : S_IWOTH | S_IWGRP;
  if ((seen.status.st_mode & others) != 0) {
    findings.trouble("settings", path + " decides who may move money, and others may change it",
                     fmt::format("chmod go-w {}", path));
  }
  if (patient.daemon_uid && !may_read(*patient.daemon_uid, seen.status)) {
    const std::string user = user_name(*patient.daemon_uid);
    findings.trouble("settings", fmt::format("girod, which runs as {}, can't read {}", user, path),
                     fmt::format("chgrp {} {} && chmod g+r {}", user, path, path));
  }
  check_settings(patient, findings);
}

void look_at_socket(const Patient& patient, Findings& findings) {
  const Seen seen = look_at(patient.socket);
  if (!seen.there) {
    return findings.trouble("socket", fmt::format("{}: {}", patient.socket, why(seen.error)),
                            "Start the daemon, with `systemctl start girod.socket girod`; another "
                            "socket is named with --socket.");
  }
  if (!S_ISSOCK(seen.status.st_mode)) {
    return findings.trouble("socket", patient.socket + " is something else than a socket",
                            "Name the daemon's socket with --socket.");
  }
  const std::string group = group_name(seen.status.st_gid);
  const std::string shown =
      fmt::format("{}: {}", patient.socket,
                  owner_and_mode(seen.status.st_uid, seen.status.st_gid, seen.status.st_mode));
  if ((seen.status.st_mode & S_IRWXO) != 0) {
    findings.trouble(
        "socket", shown + ": everybody may connect, and take up its connections",
        "Set socket_mode = \"0660\" in girod.toml, or SocketMode=0660 of girod.socket.");
  } else if (access(patient.socket.c_str(), W_OK) != 0) {
    // Nobody should become a member of that one for a ledger's sake.
    findings.trouble("socket", shown + ": you may not use it",
                     group == "root" ? "Use sudo, or set socket_group in girod.toml."
                                     : fmt::format("sudo usermod -aG {} {}, then log in again.",
                                                   group, user_name(geteuid())));
  } else {
    findings.well("socket", shown);
  }
}

void look_at_files(Patient& patient, Findings& findings) {
  if (patient.data.empty()) {
    return findings.unseen("data", "where the ledger is isn't known", "Name it with --data.");
  }
  const Seen seen = look_at(patient.data);
  const std::string path = patient.data.string();
  if (!seen.there) {
    const std::string what = fmt::format("{}: {}", path, why(seen.error));
    if (seen.error == EACCES) return findings.unseen("data", what, "Run giro doctor as root.");
    return findings.trouble("data", what,
                            "Mount its disk; a ledger that never was is made with `girod --init`.");
  }
  if (!patient.daemon_uid) patient.daemon_uid = seen.status.st_uid;
  const std::string shown = fmt::format(
      "{}: {}", path, owner_and_mode(seen.status.st_uid, seen.status.st_gid, seen.status.st_mode));
  if (seen.status.st_uid != *patient.daemon_uid) {
    const std::string owner = user_name(*patient.daemon_uid);
    findings.trouble("data", fmt::format("{}, and girod runs as {}", shown, owner),
                     fmt::format("chown {} {}", owner, path));
  } else if ((seen.status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    findings.trouble("data", shown + ": others may look in, or put files there",
                     fmt::format("chmod go-w,o-rwx {}", path));
  } else {
    findings.well("data", shown);
  }
  look_at_way(patient, findings);
  if (access(path.c_str(), X_OK) != 0) {
    return findings.unseen("files", "you may not look into " + path, "Run giro doctor as root.");
  }
  if (!look_at(patient.data / "ledger.db").there) {
    return findings.trouble("ledger.db", "there is no ledger in " + path,
                            "Mount its disk; a ledger that never was is made with `girod --init`.");
  }
  for (const char* file : {"ledger.db", "ledger.db-wal", "ledger.db-shm", "anchor"}) {
    look_at_file(patient, patient.data / file, findings);
  }
  if (!look_at(patient.data / "anchor").there) {
    findings.trouble("anchor",
                     "there is no anchor, so a start can't tell whether the newest decisions are "
                     "missing; that is so after a backup was put in place",
                     "Start girod, which makes one, and compare with what clients were told.");
  }
}

std::string user_name(uid_t uid) {
  const passwd* user = getpwuid(uid);
  return user == nullptr ? std::to_string(uid) : user->pw_name;
}

std::string group_name(gid_t gid) {
  const group* known = getgrgid(gid);
  return known == nullptr ? std::to_string(gid) : known->gr_name;
}

std::string owner_and_mode(uid_t uid, gid_t gid, mode_t mode) {
  return fmt::format("{}:{} {:04o}", user_name(uid), group_name(gid), mode & 07777);
}

}  // namespace giro::cli
