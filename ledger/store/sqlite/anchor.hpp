// The anchor: a small file beside the ledger that says how far it had got when the last commit was
// acknowledged. A ledger that ends before its anchor lost decisions that clients rely on (an old
// copy was put back, or a disk lied about a sync), so it doesn't start.
//
// Four slots, a sector each and with a checksum. Two are written in turn, after every commit and without a
// sync: a write that is torn leaves the other one, and after a power cut the anchor may be older than the ledger,
// never newer. The other two are written in turn before each sync: whatever a power cut makes of the sectors
// that were written since, one of them was left alone. The open file is also the lock that keeps a second writer away. Thread:
// the store's.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/store/journal/chain.hpp"
#include "ledger/store/sqlite/ledger_file.hpp"
#include "ledger/store/sqlite/vfs_file.hpp"

namespace giro::store {

struct AnchorPoint {
  Seq seq = 0;
  Digest digest{};

  friend bool operator==(const AnchorPoint&, const AnchorPoint&) = default;
};

class Anchor {
 public:
  // What was found in the file when it was opened.
  enum class Found : std::uint8_t {
    nothing,  // It is new, or nothing was ever written.
    points,   // One slot or more, and nothing else.
    torn,     // One slot or more; another one holds something else: a write that a power cut tore.
    garbage,  // Something else, and no slot: not what any write leaves.
  };

  // Opens or makes the file and locks it. Errors: a sentence for the operator.
  static std::expected<Anchor, std::string> open(const LedgerFile& file);
  // Of a ledger that is only read: takes the right to read, changes nothing, and keeps a daemon from
  // starting as long as it lives. Several may. Nothing: there is no anchor that a daemon would lock.
  static std::expected<std::optional<Anchor>, std::string> open_at_rest(const LedgerFile& file);
  // Whether a daemon runs on the ledger now, or a repair.
  [[nodiscard]] static bool is_held(const LedgerFile& file);

  [[nodiscard]] Found found() const { return found_; }
  // The newest of the slots; nothing when none holds.
  [[nodiscard]] const std::optional<AnchorPoint>& point() const { return point_; }
  // The one before it, as it was found.
  [[nodiscard]] const std::optional<AnchorPoint>& older_point() const { return older_point_; }
  // The first one ever is synced. False: it could not be written; the commit stands all the same.
  bool write(const AnchorPoint& point);
  // Keeps the newest point where it stays until the next time but one. False: it may not be on disk; the commits
  // stand all the same.
  bool sync();

 private:
  // A descriptor of the file, which holds the lock.
  class Lock {
   public:
    explicit Lock(int descriptor) : descriptor_(descriptor) {}
    Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();
    [[nodiscard]] int descriptor() const { return descriptor_; }

   private:
    int descriptor_;
  };

  Anchor(Lock lock, VfsFile slots) : lock_(std::move(lock)), slots_(std::move(slots)) {}
  // False: a slot can't be read, and what was acknowledged can't be told.
  [[nodiscard]] bool read();
  // Errors: a sentence for the operator. `next`: what to do then.
  static std::expected<Anchor, std::string> opened(const LedgerFile& file, Lock lock,
                                                   VfsFile::Use use, std::string_view next);
  // Writes the newest point.
  bool put(int slot);

  Lock lock_;
  VfsFile slots_;
  int next_slot_ = 0;
  int next_kept_ = 0;
  bool keeps_one_ = false;  // A slot that no commit writes.
  Found found_ = Found::nothing;
  std::optional<AnchorPoint> point_;
  std::optional<AnchorPoint> older_point_;
};

}  // namespace giro::store
