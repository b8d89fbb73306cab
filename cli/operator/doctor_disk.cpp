// giro doctor: the disk that the ledger lies on.
#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "cli/operator/check.hpp"
#include "cli/operator/doctor.hpp"
#include "cli/operator/sync_latency.hpp"

namespace giro::cli {
namespace {

constexpr double kFreeBytesMin = 1.0 * (1 << 30);
constexpr double kFreeShareMin = 0.05;
constexpr double kSyncSecondsMax = 0.02;
// No disk is so fast: what answers sooner has kept it in memory.
constexpr double kSyncSecondsMin = 10e-6;

struct FileSystem {
  std::uint32_t magic;
  const char* name;
  const char* trouble;  // Null: it is well.
};

constexpr const char* kFar = "locks and syncs of a file far away can't be relied on";
constexpr const char* kMemory = "it is memory: a restart of the machine loses the ledger";

// statfs(2) has these numbers; linux/magic.h only some.
constexpr std::array kFileSystems{
    FileSystem{EXT4_SUPER_MAGIC, "ext4", nullptr},
    FileSystem{0x58465342, "xfs", nullptr},
    FileSystem{BTRFS_SUPER_MAGIC, "btrfs", nullptr},
    FileSystem{0x2FC12FC1, "zfs", nullptr},
    FileSystem{F2FS_SUPER_MAGIC, "f2fs", nullptr},
    FileSystem{NFS_SUPER_MAGIC, "nfs", kFar},
    FileSystem{SMB_SUPER_MAGIC, "smb", kFar},
    FileSystem{0xFF534D42, "cifs", kFar},
    FileSystem{0xFE534D42, "smb2", kFar},
    FileSystem{0x00C36400, "ceph", kFar},
    FileSystem{V9FS_MAGIC, "9p",
               "it belongs to the host of this machine, and may not honour a sync"},
    FileSystem{0x65735546, "fuse", "what a sync means is up to the program behind it"},
    FileSystem{TMPFS_MAGIC, "tmpfs", kMemory},
    FileSystem{RAMFS_MAGIC, "ramfs", kMemory},
    FileSystem{OVERLAYFS_SUPER_MAGIC, "overlay",
               "it is a container's own layer: the ledger is gone with the container"},
};

constexpr const char* kMove =
    "Keep the ledger on a local disk (ext4, xfs): stop girod, move the folder, set data = in "
    "girod.toml.";

void look_at_kind(const std::filesystem::path& folder, Findings& findings) {
  struct statfs kind{};
  if (statfs(folder.c_str(), &kind) != 0) {
    return findings.unseen("filesystem",
                           folder.string() + ": " + std::generic_category().message(errno),
                           "Run giro doctor as root.");
  }
  const auto magic = static_cast<std::uint32_t>(kind.f_type);
  for (const FileSystem& known : kFileSystems) {
    if (known.magic != magic) continue;
    if (known.trouble == nullptr) return findings.well("filesystem", known.name);
    return findings.trouble("filesystem", fmt::format("{}: {}", known.name, known.trouble), kMove);
  }
  findings.unseen("filesystem", fmt::format("a kind that isn't known here (0x{:X})", magic),
                  "See that it is local and honours a sync.");
}

void look_at_room(const std::filesystem::path& folder, Findings& findings) {
  struct statvfs disk{};
  if (statvfs(folder.c_str(), &disk) != 0) {
    return findings.unseen("room", folder.string() + ": " + std::generic_category().message(errno),
                           "Run giro doctor as root.");
  }
  const auto unit = static_cast<double>(disk.f_frsize);
  const double free = static_cast<double>(disk.f_bavail) * unit;
  const double size = static_cast<double>(disk.f_blocks) * unit;
  const std::string shown = fmt::format("{} free of {}", shown_bytes(free), shown_bytes(size));
  if ((disk.f_flag & ST_RDONLY) != 0) {
    return findings.trouble("room", "the disk is mounted read-only",
                            "See `dmesg` for its errors, mend them, and mount it for writing.");
  }
  if (disk.f_files > 0 && disk.f_favail == 0) {
    return findings.trouble("room", "the disk has no room for another file (inodes)",
                            "Remove files that aren't needed.");
  }
  if (free < kFreeBytesMin || free < kFreeShareMin * size) {
    return findings.trouble("room", shown + ": once it is full, nothing is decided",
                            "Make room, or move the ledger to a larger disk.");
  }
  findings.well("room", shown);
}

}  // namespace

void look_at_disk(const Patient& patient, Findings& findings) {
  if (patient.data.empty()) return;  // look_at_files() has said so.
  look_at_kind(patient.data, findings);
  look_at_room(patient.data, findings);
}

void look_at_sync(const Patient& patient, Findings& findings) {
  const auto& folder = patient.sync_folder.empty() ? patient.data : patient.sync_folder;
  if (folder.empty()) return;
  const auto sync = measure_sync(folder);
  if (!sync) {
    return findings.unseen(
        "sync", "not measured: " + sync.error(),
        "Run giro doctor as root, or name a folder of the same disk with --dir.");
  }
  const std::string shown =
      fmt::format("4 KiB are synced in {} (median of {}; the slowest {})",
                  shown_seconds(sync->median_s), sync->syncs, shown_seconds(sync->worst_s));
  if (sync->median_s > kSyncSecondsMax) {
    findings.trouble("sync", shown + ": every answer waits as long",
                     "Use a disk with a write cache that outlives a power cut, or batch payments.");
  } else if (sync->median_s < kSyncSecondsMin) {
    findings.trouble("sync", shown + ": no disk is so fast, so a sync may not be honoured here",
                     "Find out what answers for the disk: memory, or a host that caches writes.");
  } else {
    findings.well("sync", shown);
  }
}

}  // namespace giro::cli
