"""The ports on AWS: boto3 behind each, and one table that translates its errors."""
