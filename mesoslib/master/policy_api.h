// PolicyApi: the operator's calls about roles' quotas and weights. What is asked for is checked as a
// whole before anything is done.
#ifndef MESOSLIB_MASTER_POLICY_API_H_
#define MESOSLIB_MASTER_POLICY_API_H_

#include "mesos/v1/master/master.pb.h"
#include "mesoslib/master/owed_answer.h"
#include "mesoslib/master/quota_manager.h"
#include "mesoslib/master/weight_manager.h"

namespace mesos::master {

class PolicyApi {
 public:
  using Done = OwedAnswer::Done;

  PolicyApi(QuotaManager* quotas, WeightManager* weights) : quotas_(quotas), weights_(weights) {}

  // `done` runs once, with InvalidArgument for what makes no sense; see QuotaManager for the rest.
  void UpdateQuota(const v1::master::Call& call, Done done);
  void SetQuota(const v1::master::Call& call, Done done);
  void RemoveQuota(const v1::master::Call& call, Done done);
  void UpdateWeights(const v1::master::Call& call, Done done);

  void GetQuota(v1::master::Response::GetQuota* result) const;
  void GetWeights(v1::master::Response::GetWeights* result) const;

 private:
  QuotaManager* const quotas_;
  WeightManager* const weights_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_POLICY_API_H_
