// The objects of one JSON array, one after the other, with memory for one of them.
//
// What always holds: an array whose end is missing is a failure, never an end.
// Thread: the main one.
#pragma once

#include <optional>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/submit/byte_source.hpp"

namespace giro::cli {

class JsonArray {
 public:
  static constexpr std::size_t kElementBytesMax = std::size_t{16} << 20;

  // `bytes` must outlive it.
  explicit JsonArray(ByteSource& bytes) : bytes_(bytes) {}

  // Always an object. Nothing: at_end(), or it would wait.
  [[nodiscard]] Result<std::optional<boost::json::value>> next(bool may_wait);
  [[nodiscard]] bool at_end() const { return ended_; }

 private:
  ByteSource& bytes_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace giro::cli
