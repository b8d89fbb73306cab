// A program whose output is read: hledger.
//
// What always holds: it doesn't outlive this, and the end of its output is taken for the end of what it has to say only
// when it also ended well.
// Thread: the main one.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "cli/failure.hpp"
#include "cli/submit/byte_source.hpp"

namespace giro::cli {

class ChildProcess {
 public:
  // Its stderr is ours. Usage failure: there is no such program.
  [[nodiscard]] static Result<ChildProcess> start(const std::vector<std::string>& words);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  [[nodiscard]] ByteSource& output() { return output_; }
  [[nodiscard]] const ByteSource& output() const { return output_; }
  // Once its output has ended. Usage failure: it failed, and has said why on stderr.
  [[nodiscard]] Result<void> wait();

 private:
  ChildProcess(std::string name, pid_t pid, int output);

  std::string name_;
  pid_t pid_ = -1;
  ByteSource output_;
};

}  // namespace giro::cli
