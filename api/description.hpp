// What the .toml files here say of the API, as JSON Schema (that which drafts 7 and 2020-12 have in common, so that
// OpenRPC and OpenAPI both take it). Each field is described once there, and objects and params are lists of fields.
//
// What always holds once it is read: each object, field, notification and error that is named exists, and each that
// exists is named. Errors: DescriptionError, which names the place. Part of giro_describe, at build time alone.
#pragma once

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace giro::api {

namespace json = boost::json;

struct DescriptionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Names = std::vector<std::string>;

struct MethodText {
  std::string summary;
  std::string description;  // May be empty.
  json::object params;      // The schema of them all as one object.
  Names answers;            // Objects; one of them is the result.
  Names errors;             // Names of error codes.
  Names notifications;
};

struct NotificationText {
  std::string summary;
  Names params;
};

// A path that is no method's.
struct PathText {
  std::string summary;
  std::string description;
  std::string asks;  // The type of its body; empty: it has none.
  Names tells;       // The types of its answers.
  Names errors;
};

struct HttpText {
  std::string description;
  std::string variable;  // Of paths, where it names what was decided before.
  std::string events;
  std::map<std::string, std::string> headers;
  std::map<unsigned, std::string> statuses;
  std::map<std::string, PathText> paths;
};

struct Description {
  std::string about;
  std::map<std::string, MethodText> methods;
  std::map<std::string, NotificationText> notifications;
  std::map<std::string, std::string> errors;
  HttpText http;
  json::object schemas;  // Of objects and of all params, by name.
  json::object key;      // The schema of a key.
};

// REQUIRES: `folder` has the .toml files.
[[nodiscard]] Description read_description(const std::filesystem::path& folder);

// Of `payments.submit`: PaymentsSubmitParams.
[[nodiscard]] std::string name_of_params(std::string_view method);
[[nodiscard]] json::object reference_to(std::string_view object);
// One of these objects.
[[nodiscard]] json::object one_of(const Names& objects);

}  // namespace giro::api
