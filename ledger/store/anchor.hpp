// The anchor: a small file beside the ledger that says how far it had got when the last commit was
// acknowledged. A ledger that ends before its anchor lost decisions that clients rely on (an old
// copy was put back, or a disk lied about a sync), so it doesn't start.
//
// Two slots, written in turn, each with a checksum: a write that is torn leaves the other slot. It
// is written after every commit without a sync of its own: after a power cut it may be older than
// the ledger, never newer. The open file is also the lock that keeps a second writer away. Thread:
// the store's.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "ledger/store/chain.hpp"

namespace giro::store {

struct AnchorPoint {
  Seq seq = 0;
  Digest digest{};

  friend bool operator==(const AnchorPoint&, const AnchorPoint&) = default;
};

class Anchor {
 public:
  // Opens or makes the file and locks it. Errors: a sentence for the operator.
  static std::expected<Anchor, std::string> open(const std::filesystem::path& file);
  Anchor(Anchor&& other) noexcept;
  Anchor& operator=(Anchor&&) = delete;
  ~Anchor();

  // The newer of the two slots; nothing when neither holds (a new file).
  [[nodiscard]] const std::optional<AnchorPoint>& point() const { return point_; }
  // False: it could not be written; the commit stands all the same.
  bool write(const AnchorPoint& point);
  void sync();

 private:
  explicit Anchor(int file) : file_(file) {}
  void read();

  int file_;
  int next_slot_ = 0;
  std::optional<AnchorPoint> point_;
};

}  // namespace giro::store
