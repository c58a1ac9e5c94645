"""The inbox: what happened to a person's account, told in the transaction of the fact, worded when it is read."""
