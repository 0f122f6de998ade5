"""Who may do what in moto: the instances of the small world get a profile, whose role names resources with policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/web"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/web"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/read-parameters"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
BUCKET, BARE_BUCKET, NO_BUCKET = "arn:aws:s3:::pictures", "arn:aws:s3:::plain", "arn:aws:s3:::gone"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/votes"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
FAR_TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/votes"
OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NAMED = (f"{BUCKET}/a.png", f"{BARE_BUCKET}/*", f"{NO_BUCKET}/*", f"{TABLE}/index/*", QUEUE, TOPIC, FAR_TABLE)


def reads(*resources: str) -> dict[str, Any]:
    """Return a policy that allows the resources, and denies one that is therefore nobody's need."""
    denied = {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::denied/*"}
    allowed = {"Sid": "page", "Effect": "Allow", "Action": "*", "Resource": [*resources, "arn:aws:s3:::any*/x"]}
    return {"Version": "2012-10-17", "Statement": [allowed, denied]}


def give_identity(clients: Clients) -> str:
    """Give the instance a profile, and return the instance's id."""
    iam: Any = clients.named("iam")
    for arn in (MANAGED, BOUNDARY):
        iam.create_policy(PolicyName=arn.rsplit("/", 1)[-1], PolicyDocument=json.dumps(OPEN))
    iam.create_role(
        RoleName="web", AssumeRolePolicyDocument=json.dumps(OPEN), PermissionsBoundary=BOUNDARY,
        Tags=[{"Key": "team", "Value": "web"}],
    )  # fmt: skip
    iam.put_role_policy(RoleName="web", PolicyName="page", PolicyDocument=json.dumps(reads(*NAMED)))
    iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    _resources(clients)
    instance_id = the_instance(clients)
    clients.named("ec2").associate_iam_instance_profile(IamInstanceProfile={"Arn": PROFILE}, InstanceId=instance_id)
    return instance_id


def the_instance(clients: Clients) -> str:
    """Return the id of the small world's one instance."""
    [reservation] = clients.ec2.describe_instances()["Reservations"]
    return str(reservation["Instances"][0]["InstanceId"])


def _resources(clients: Clients) -> None:
    s3: Any = clients.named("s3")
    for arn in (BUCKET, BARE_BUCKET):
        s3.create_bucket(Bucket=arn.rsplit(":", 1)[-1])
    s3.put_bucket_policy(Bucket="pictures", Policy=json.dumps(OPEN))
    clients.named("dynamodb").create_table(
        TableName="votes",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    clients.named("sqs").create_queue(QueueName="jobs", Attributes={"Policy": json.dumps(OPEN)})
    clients.named("sns").create_topic(Name="news")
