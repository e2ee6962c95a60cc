<?php
/**
 * The shop's database or system cannot do what is needed now. The message is one of our own
 * words: never SQL, a password hash or anything of a customer.
 */
class ExposureReset_Trouble extends Exception
{
}
