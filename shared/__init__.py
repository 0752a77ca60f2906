"""What every service needs and none owns: mechanics without a business noun."""
