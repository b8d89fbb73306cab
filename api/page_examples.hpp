// The examples of docs/PROTOCOL.md, which a test replays against the daemon: each request with its answer. Part of
// giro_describe, at build time alone.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace giro::api {

struct PageExample {
  boost::json::object params;
  boost::json::value result;
};

class PageExamples {
 public:
  // Errors: std::runtime_error, it can't be read.
  explicit PageExamples(const std::filesystem::path& page);
  // Those that are answered by a result, in their order.
  [[nodiscard]] const std::vector<PageExample>& of(std::string_view method) const;

 private:
  std::map<std::string, std::vector<PageExample>, std::less<>> by_method_;
};

}  // namespace giro::api
