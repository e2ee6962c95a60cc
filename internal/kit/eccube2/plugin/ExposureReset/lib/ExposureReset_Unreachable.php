<?php
/**
 * The API gave no usable answer: the last list goes on deciding. The message is one word out
 * of 'connect', 'timeout', 'tls', 'answer', 'key', 'busy', 'setup', never text from outside.
 */
class ExposureReset_Unreachable extends Exception
{
}
