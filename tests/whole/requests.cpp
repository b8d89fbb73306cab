#include "tests/whole/requests.hpp"

#include <utility>

#include "tests/whole/request_text.hpp"

namespace giro::test {
namespace {

void take_times(Operation& it) {
  if (it.method == Method::schedule) it.method = Method::pay;
  it.deadline.reset();
  it.timeout_ns.reset();
  it.expires_at.reset();
  it.every.reset();
  it.until.reset();
  it.count.reset();
}

}  // namespace

std::string_view Sent::method() const {
  switch (shape) {
    case Shape::group:
      return "payments.submit_group";
    case Shape::many:
      return "payments.submit_many";
    case Shape::one:
      break;
  }
  return method_name(members[0].method);
}

std::string Sent::params() const {
  switch (shape) {
    case Shape::group:
      return group_params_text(members, dry_run);
    case Shape::many:
      return many_params_text(members, malformed);
    case Shape::one:
      break;
  }
  return params_text(members[0]);
}

std::string key_of(const Operation& it) {
  return it.method == Method::open ? it.id : it.key;
}

bool may_be_sent_again(std::string_view error) {
  return error == "read_only" || error == "busy" || error == "shutting_down" ||
         error == "outcome_unknown" || error == "internal";
}

std::vector<Sent*> SentRequests::beginnings() {
  std::vector<Sent*> all;
  for (const Operation& opening : random_.beginnings()) all.push_back(add({opening}));
  return all;
}

Sent* SentRequests::next(Timestamp now) {
  if (random_.one_in(16)) return next_group(now);
  if (random_.one_in(16)) return next_many(now);
  return add({random_.next(now)});
}

Sent* SentRequests::next_group(Timestamp now) {
  Sent* group = add(random_.next_group(now), Sent::Shape::group);
  group->dry_run = random_.one_in(20);
  return group;
}

Sent* SentRequests::next_many(Timestamp now) {
  std::vector<Operation> members;
  for (std::uint64_t left = 1 + random_.below(12); left > 0; --left) {
    members.push_back(random_.next(now));
    members.back().dry_run = false;
  }
  Sent* many = add(std::move(members), Sent::Shape::many);
  if (random_.one_in(3)) many->malformed = random_.below(many->members.size());
  return many;
}

Sent* SentRequests::add(std::vector<Operation> members, Sent::Shape shape) {
  for (Operation& member : members) {
    member.uid = uid_;
    if (!has_times_) take_times(member);
  }
  auto& request = sent_.emplace_back(std::make_unique<Sent>());
  request->members = std::move(members);
  request->shape = shape;
  return request.get();
}

}  // namespace giro::test
