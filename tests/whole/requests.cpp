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
  return is_group ? "payments.submit_group" : method_name(members[0].method);
}

std::string Sent::params() const {
  return is_group ? group_params_text(members, dry_run) : params_text(members[0]);
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
  if (!random_.one_in(16)) return add({random_.next(now)});
  Sent* group = add(random_.next_group(now));
  group->is_group = true;
  group->dry_run = random_.one_in(20);
  return group;
}

Sent* SentRequests::add(std::vector<Operation> members) {
  for (Operation& member : members) {
    member.uid = uid_;
    if (!has_times_) take_times(member);
  }
  auto& request = sent_.emplace_back(std::make_unique<Sent>());
  request->members = std::move(members);
  return request.get();
}

}  // namespace giro::test
