<?php
class GateTest extends ShopCase
{
    /** @dataProvider databases */
    public function testOnlyTheTableDecides($type)
    {
        $this->shop($type);
        $this->member(1);
        $this->server->change(1);
        $this->rounds();
        $this->server->forget();
        $gate = new ExposureReset_Gate($this->settings, $this->book());
        foreach (array(1 => true, '1' => true, 11 => false, '01' => false, ' 1' => false, "1\n" => false, '1 OR 1=1' => false, '' => false, '0' => false, '-1' => false, '99999999999' => false) as $id => $want) {
            $this->assertSame($want, $gate->bars($id), "id $id");
        }
        $this->assertFalse($gate->bars(null));
        $this->assertTrue($this->hadList());
        $this->assertCount(0, $this->server->log(), 'it calls nobody');
        foreach (array('required = 0', 'barred_at = 0', "renewal_key = 'k', renewed_at = 5") as $change) {
            $this->db->pdo()->exec("UPDATE plg_exposure_member SET $change");
            $this->assertFalse($gate->bars(1), $change);
            $this->db->pdo()->exec('UPDATE plg_exposure_member SET required = 1, barred_at = 5, renewal_key = NULL, renewed_at = 0');
            $this->assertTrue($gate->bars(1));
        }
    }

    /** @dataProvider databases */
    public function testTablesComeAndGo($type)
    {
        $this->shop($type);
        $tables = new ExposureReset_Tables($this->db);
        $secret = $this->book()->get('secret');
        $this->assertSame(64, strlen($secret));
        $this->book()->set('cursor', '5');
        $tables->install();
        $this->assertSame(array($secret, '5'), array($this->book()->get('secret'), $this->book()->get('cursor')), 'installing again keeps all');
        $this->assertFalse($this->bars(1));
        $this->assertFalse($this->hadList());
        $tables->uninstall();
        $this->assertFalse($tables->installed());
        $tables->uninstall();
        $tables->install();
        $this->assertTrue($tables->installed());
        $this->assertNotSame($secret, $this->book()->get('secret'));
    }
}
