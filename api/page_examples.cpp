#include "api/page_examples.hpp"

#include <fstream>
#include <stdexcept>

namespace giro::api {

namespace json = boost::json;

PageExamples::PageExamples(const std::filesystem::path& page) {
  std::ifstream in(page);
  if (!in) throw std::runtime_error(page.string() + " can't be read");
  json::object request;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("    -> ")) request = json::parse(line.substr(7)).as_object();
    if (!line.starts_with("    <- ")) continue;
    const json::object answer = json::parse(line.substr(7)).as_object();
    // What follows the answer is a notification.
    if (!answer.contains("result") || answer.at("id") != request.at("id")) continue;
    const json::value* params = request.if_contains("params");
    by_method_[std::string(request.at("method").as_string())].push_back(
        {.params = params == nullptr ? json::object() : params->as_object(),
         .result = answer.at("result")});
  }
}

const std::vector<PageExample>& PageExamples::of(std::string_view method) const {
  static const std::vector<PageExample> kNone;
  const auto found = by_method_.find(method);
  return found == by_method_.end() ? kNone : found->second;
}

}  // namespace giro::api
