"""A deployment's files become settings and a plan. The front door: the only place that reads configuration from disk.

`gateway.yaml` holds settings (links, hosts, folders, limits): what changes how. `plan.yaml` names what decides
(mappings, policy, partners, schemas): what changes whether. Both are refused as a whole, every fault at file:line:col.
"""

from gateway.deployment.load import Deployment, open_deployment, read_plan, read_settings
from gateway.deployment.plan_file import PlanFile
from gateway.deployment.settings import Settings

__all__ = ["Deployment", "PlanFile", "Settings", "open_deployment", "read_plan", "read_settings"]
